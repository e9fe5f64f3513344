package io.rookery.linux.ipc.sysv;

/**
 * One operation of semop(2): struct sembuf.
 *
 * @param number the semaphore's place in its set
 * @param change what is added; 0 waits for the value 0
 */
public record SemaphoreOperation(int number, int change, boolean noWait, boolean undo) {}
