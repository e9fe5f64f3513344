package io.rookery.cpu.ir;

import java.util.Arrays;

/**
 * Collects the micro-ops of one basic block, and for each of their longs the guest instruction it
 * belongs to. Reusable; not thread-safe.
 */
public final class IrBuilder {
  private long[] code = new long[256];
  private short[] origin = new short[256];
  private int size;
  private int instructions;
  private long start;
  private int offset;

  /** An empty builder. */
  public IrBuilder() {}

  /** Starts a block at guest address {@code rip}. */
  public void begin(long rip) {
    size = 0;
    instructions = 0;
    start = rip;
    offset = 0;
  }

  /**
   * Says that the micro-ops from here on belong to the instruction at {@code rip}, at most 32,767
   * bytes behind the start.
   */
  public void instruction(long rip) {
    offset = Math.toIntExact(rip - start);
    instructions++;
  }

  public void emit(int op, int d, int a, int b, int imm) {
    append(Op.encode(op, d, a, b, imm));
  }

  /** Appends an extra long of the micro-op before. */
  public void extra(long value) {
    append(value);
  }

  private void append(long value) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * size);
      origin = Arrays.copyOf(origin, 2 * size);
    }
    code[size] = value;
    origin[size++] = (short) offset;
  }

  /** Guest address of the block. */
  public long start() {
    return start;
  }

  /** Number of longs so far. */
  public int size() {
    return size;
  }

  /** Number of guest instructions so far. */
  public int instructions() {
    return instructions;
  }

  public long[] code() {
    return Arrays.copyOf(code, size);
  }

  /** For each long of the code, the offset of its guest instruction from the block's start. */
  public short[] origin() {
    return Arrays.copyOf(origin, size);
  }

  /**
   * Forgets everything from index {@code newSize} on: an instruction that turned out not to belong
   * to the block.
   */
  public void truncate(int newSize) {
    size = newSize;
  }
}
