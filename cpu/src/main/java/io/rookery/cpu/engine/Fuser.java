package io.rookery.cpu.engine;

import io.rookery.cpu.ir.IrBuilder;

/** Turns a block's micro-ops into the interpreter's form. */
final class Fuser {
  private Fuser() {}

  /** {@code bytes}: length of the block's guest code. */
  static BlockCode fuse(IrBuilder ir, int bytes) {
    return new BlockCode(ir.code(), ir.origin(), bytes, ir.instructions());
  }
}
