package io.rookery.linux.ipc.mqueue;

/**
 * A message of a queue.
 *
 * @param priority 0 to 32767; the highest is received first
 */
public record QueueMessage(int priority, byte[] text) {}
