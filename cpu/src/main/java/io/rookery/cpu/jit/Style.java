package io.rookery.cpu.jit;

/**
 * How a unit does what is nearly always simple: by calls that handle every case, or by branches of
 * its own for the usual case, leaving the unit in the others.
 *
 * @param memoryCalls memory accesses are calls: {@link CallingMemory} instead of {@link
 *     TestedMemory}
 * @param floats floating-point arithmetic
 */
record Style(boolean memoryCalls, Floats floats) {
  static final Style BRANCHES = new Style(false, Floats.ROUNDED);
  static final Style CALLS = new Style(true, Floats.CALLS);
}
