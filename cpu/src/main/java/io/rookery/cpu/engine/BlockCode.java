package io.rookery.cpu.engine;

/**
 * The translation of one basic block, immutable and shared by all address spaces that hold the same
 * code.
 *
 * @param code micro-ops in the interpreter's form
 * @param origin for each long of the code, the offset of its guest instruction from the block's
 *     start
 * @param bytes length of the guest code
 * @param instructions number of guest instructions
 */
record BlockCode(long[] code, short[] origin, int bytes, int instructions) {}
