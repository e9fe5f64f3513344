package io.rookery.cpu.engine;

/**
 * The translation of one basic block, immutable and shared by all address spaces that hold the same
 * code.
 */
final class BlockCode {
  /** Micro-ops in the interpreter's form. */
  final long[] code;

  /** For each long of the code, the offset of its guest instruction from the block's start. */
  final short[] origin;

  /** Length of the guest code. */
  final int bytes;

  /** Number of guest instructions. */
  final int instructions;

  BlockCode(long[] code, short[] origin, int bytes, int instructions) {
    this.code = code;
    this.origin = origin;
    this.bytes = bytes;
    this.instructions = instructions;
  }
}
