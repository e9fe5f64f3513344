package io.rookery.linux.ipc.sysv;

import io.rookery.linux.vfs.Vfs;

/** The files of /proc/sysvipc (proc(5)). */
public final class SysvTexts {
  private SysvTexts() {}

  /** The message queues. */
  public static String messages(Vfs vfs) {
    return MessageQueues.of(vfs).text();
  }

  /** The semaphore sets. */
  public static String semaphores(Vfs vfs) {
    return SemaphoreSets.of(vfs).text();
  }

  /** The shared memory segments. */
  public static String sharedMemory(Vfs vfs) {
    return SharedMemory.of(vfs).text();
  }
}
