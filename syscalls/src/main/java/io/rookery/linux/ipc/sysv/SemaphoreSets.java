package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.Vfs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/** The System V semaphore sets of a VM. Thread-safe. */
public final class SemaphoreSets {
  /** Semaphores of a set, operations of a call, and sets at most. */
  public static final int SEMMSL = 32000;

  public static final int SEMOPM = 500;
  public static final int SEMMNI = 32000;

  /** Semaphores of all sets at most: Linux would have 32,000 times more, which nobody uses. */
  public static final int SEMMNS = 1_024_000;

  /** The largest value, and the largest adjustment of SEM_UNDO. */
  static final int SEMVMX = 32767;

  static final int SEMAEM = 32767;

  private static final int SEMUSZ = 20;

  /** Semaphores that processes keep adjustments for, at most; ENOMEM beyond. */
  private static final int MOST_ADJUSTMENTS = 8 << 20;

  private final IpcTable<SemaphoreSet> sets = new IpcTable<>(SEMMNI);
  private final AtomicLong semaphores = new AtomicLong();
  private final AtomicLong adjustments = new AtomicLong();

  private SemaphoreSets() {}

  /** The sets of the task's VM. */
  public static SemaphoreSets of(Task task) {
    return of(task.kernel().vfs());
  }

  static SemaphoreSets of(Vfs vfs) {
    return vfs.singleton(SemaphoreSets.class, SemaphoreSets::new);
  }

  /** semget(2): the identifier of the set with a key, made if need be. */
  public int get(Task task, int key, int count, int flags) {
    if (count < 0 || count > SEMMSL) {
      throw Errno.EINVAL.exception();
    }
    return sets.get(
            task, key, flags, s -> count <= s.count(), id -> make(task, id, key, count, flags))
        .id();
  }

  private SemaphoreSet make(Task task, int id, int key, int count, int mode) {
    if (count == 0) {
      throw Errno.EINVAL.exception();
    }
    if (semaphores.addAndGet(count) > SEMMNS) {
      semaphores.addAndGet(-count);
      throw Errno.ENOSPC.exception();
    }
    return new SemaphoreSet(this, task, id, key, mode, count);
  }

  /** The set of an identifier; EINVAL. */
  public SemaphoreSet find(int id) {
    return sets.find(id);
  }

  /** The set at an index (SEM_STAT); EINVAL. */
  public SemaphoreSet at(int index) {
    return sets.at(index);
  }

  /** The highest index in use. */
  public int highestIndex() {
    return sets.highestIndex();
  }

  /** IPC_RMID. */
  public void remove(Task task, SemaphoreSet set) {
    set.checkOwner(task);
    if (sets.remove(set)) {
      semaphores.addAndGet(-set.count());
    }
    set.remove();
  }

  /** IPC_SET. */
  public void change(Task task, SemaphoreSet set, int uid, int gid, int mode) {
    set.change(task, uid, gid, mode);
  }

  void reserveUndo(int count) {
    if (adjustments.addAndGet(count) > MOST_ADJUSTMENTS) {
      adjustments.addAndGet(-count);
      throw Errno.ENOMEM.exception();
    }
  }

  void freeUndo(int count) {
    adjustments.addAndGet(-count);
  }

  /** IPC_INFO, or with {@code used} SEM_INFO: struct seminfo. */
  public byte[] info(boolean used) {
    ByteBuffer b = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(SEMMNS).putInt(SEMMNI).putInt(SEMMNS).putInt(SEMMNS).putInt(SEMMSL).putInt(SEMOPM);
    b.putInt(SEMOPM).putInt(used ? sets.size() : SEMUSZ);
    b.putInt(SEMVMX).putInt(used ? semaphores.intValue() : SEMAEM);
    return b.array();
  }

  /** /proc/sysvipc/sem. */
  String text() {
    StringBuilder b =
        new StringBuilder(
            "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
    sets.all().forEach(s -> b.append(s.line()));
    return b.toString();
  }
}
