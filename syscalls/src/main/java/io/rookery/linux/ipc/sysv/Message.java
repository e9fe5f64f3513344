package io.rookery.linux.ipc.sysv;

/**
 * A message of a queue.
 *
 * @param type positive
 */
public record Message(long type, byte[] text) {}
