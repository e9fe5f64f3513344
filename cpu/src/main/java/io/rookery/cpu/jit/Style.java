package io.rookery.cpu.jit;

/**
 * How a unit does what is nearly always simple: by calls that handle every case, or by branches of
 * its own for the usual case, leaving the unit in the others.
 *
 * @param memory how accesses are found to be allowed
 * @param floats floating-point arithmetic
 */
record Style(Memory memory, Floats floats) {
  static final Style BRANCHES = new Style(Memory.GRANULES, Floats.ROUNDED);
  static final Style CALLS = new Style(Memory.CALLS, Floats.CALLS);

  boolean memoryCalls() {
    return memory == Memory.CALLS;
  }
}
