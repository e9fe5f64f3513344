package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.sysv.SemaphoreOperation;
import io.rookery.linux.ipc.sysv.SemaphoreSet;
import io.rookery.linux.ipc.sysv.SemaphoreSets;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.Subject;
import java.util.ArrayList;
import java.util.List;

/** System V semaphores: semget(2), semop(2) and semctl(2). */
public final class SemaphoreCalls {
  private static final int SEM_UNDO = 0x1000;
  private static final int IPC_NOWAIT = 04000;
  private static final int SEMBUF = 6;

  private static final int IPC_RMID = 0;
  private static final int IPC_SET = 1;
  private static final int IPC_STAT = 2;
  private static final int IPC_INFO = 3;
  private static final int GETPID = 11;
  private static final int GETVAL = 12;
  private static final int GETALL = 13;
  private static final int GETNCNT = 14;
  private static final int GETZCNT = 15;
  private static final int SETVAL = 16;
  private static final int SETALL = 17;
  private static final int SEM_STAT = 18;
  private static final int SEM_INFO = 19;
  private static final int SEM_STAT_ANY = 20;

  private SemaphoreCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(
        64,
        "semget",
        (k, key, count, flags, d, e, f) ->
            SemaphoreSets.of(k).get(k, (int) key, (int) count, (int) flags),
        "int, int, flags",
        Support.PARTIAL,
        "SEMMNS is 1,024,000");
    t.row(65, "semop", (k, id, ops, n, d, e, f) -> operate(k, id, ops, n, 0), "int, ptr, size");
    t.row(66, "semctl", SemaphoreCalls::control, "int, int, int, ptr");
    t.row(
        220,
        "semtimedop",
        (k, id, ops, n, timeout, e, f) -> operate(k, id, ops, n, timeout),
        "int, ptr, size, ptr");
  }

  private static long operate(Task t, long id, long operations, long count, long timeout) {
    UserMemory m = t.memory();
    long deadline = WaitQueue.FOREVER;
    if (timeout != 0) {
      long nanos = TimeStructs.readTimespec(m, timeout);
      deadline = TimeStructs.saturatedAdd(t.kernel().clock().monotonicNanos(), nanos);
    }
    int n = (int) count; // an unsigned int in the kernel
    if (n == 0 || (int) id < 0) {
      throw Errno.EINVAL.exception();
    }
    if (Integer.compareUnsigned(n, SemaphoreSets.SEMOPM) > 0) {
      throw Errno.E2BIG.exception();
    }
    byte[] b = m.read(operations, n * SEMBUF);
    List<SemaphoreOperation> all = new ArrayList<>(n);
    for (int at = 0; at < b.length; at += SEMBUF) {
      int flags = Bytes.getShort(b, at + 4);
      all.add(
          new SemaphoreOperation(
              Bytes.getShort(b, at) & 0xffff,
              Bytes.getShort(b, at + 2),
              (flags & IPC_NOWAIT) != 0,
              (flags & SEM_UNDO) != 0));
    }
    SemaphoreSets.of(t).find((int) id).operate(t, all, deadline);
    return 0;
  }

  static long control(Task t, long idArg, long numberArg, long command, long arg, long e, long f) {
    int id = (int) idArg;
    int number = (int) numberArg;
    if (id < 0) {
      throw Errno.EINVAL.exception();
    }
    SemaphoreSets sets = SemaphoreSets.of(t);
    switch ((int) command) {
      case IPC_INFO, SEM_INFO -> {
        t.memory().write(arg, sets.info((int) command == SEM_INFO));
        return sets.highestIndex();
      }
      case IPC_STAT -> {
        status(t, sets.find(id), arg, true);
        return 0;
      }
      case SEM_STAT, SEM_STAT_ANY -> {
        SemaphoreSet set = sets.at(id);
        status(t, set, arg, (int) command == SEM_STAT);
        return set.id();
      }
      case IPC_SET -> {
        UserMemory m = t.memory();
        int uid = m.getInt(arg + 4);
        int gid = m.getInt(arg + 8);
        int mode = m.getInt(arg + 20);
        sets.change(t, sets.find(id), uid, gid, mode);
      }
      case IPC_RMID -> sets.remove(t, sets.find(id));
      case GETVAL -> {
        return sets.find(id).value(t, number);
      }
      case GETPID -> {
        return sets.find(id).pid(t, number);
      }
      case GETNCNT, GETZCNT -> {
        return sets.find(id).waiters(t, number, (int) command == GETZCNT);
      }
      case SETVAL -> sets.find(id).setValue(t, number, (int) arg);
      case GETALL -> writeAll(t, arg, sets.find(id).values(t));
      case SETALL -> {
        SemaphoreSet set = sets.find(id);
        set.check(t, Subject.WRITE);
        set.setValues(t, readAll(t, arg, set.count()));
      }
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }

  private static void status(Task t, SemaphoreSet set, long to, boolean checked) {
    if (checked) {
      set.check(t, Subject.READ);
    }
    t.memory().write(to, set.status());
  }

  private static void writeAll(Task t, long to, short[] values) {
    byte[] b = new byte[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      Bytes.putShort(b, 2 * i, values[i]);
    }
    t.memory().write(to, b);
  }

  private static short[] readAll(Task t, long from, int count) {
    byte[] b = t.memory().read(from, 2 * count);
    short[] values = new short[count];
    for (int i = 0; i < count; i++) {
      values[i] = Bytes.getShort(b, 2 * i);
    }
    return values;
  }
}
