package io.rookery.linux.abi;

/**
 * What a signal frame says besides the registers.
 *
 * @param stackKnown whether it tells the signal stack: struct sigframe of i386 does not
 */
public record RestoredFrame(
    boolean stackKnown, long mask, long stackPointer, long stackSize, int stackFlags) {}
