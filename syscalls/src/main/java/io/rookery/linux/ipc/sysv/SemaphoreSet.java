package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.SemaphoreUndo;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.Subject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A System V semaphore set (semop(2)). Whoever changes values carries out, in their order, what
 * waiting tasks have asked for. Thread-safe.
 */
public final class SemaphoreSet extends IpcObject implements SemaphoreUndo.Adjusted {
  /** Bytes of struct semid64_ds. */
  private static final int STATUS_SIZE = 104;

  private final SemaphoreSets owner;
  // Guarded by this, all below.
  private final short[] values;
  private final int[] pids;
  private final IdentityHashMap<SemaphoreUndo, short[]> adjustments = new IdentityHashMap<>();
  private final Set<Waiter> waitingForZero = new LinkedHashSet<>(); // and for nothing else
  private final Set<Waiter> waiting = new LinkedHashSet<>();
  private long operationTime;

  /** Operations that wait until all of them can be done at once. */
  private static final class Waiter {
    final List<SemaphoreOperation> operations;
    final short @Nullable [] adjustment;
    final int pid;
    final WaitQueue queue = new WaitQueue();
    // Guarded by the set.
    @Nullable SemaphoreOperation blocking;
    boolean done;
    @Nullable ErrnoException error;

    Waiter(List<SemaphoreOperation> operations, short @Nullable [] adjustment, int pid) {
      this.operations = operations;
      this.adjustment = adjustment;
      this.pid = pid;
    }

    void finish(@Nullable ErrnoException result) {
      done = true;
      error = result;
      queue.wakeAll();
    }
  }

  SemaphoreSet(SemaphoreSets owner, Task task, int id, int key, int mode, int count) {
    super(task, id, key, mode);
    this.owner = owner;
    values = new short[count];
    pids = new int[count];
  }

  /** How many semaphores there are. */
  public int count() {
    return values.length;
  }

  // ---- semop ----

  /**
   * semtimedop(2): does all operations at once, or waits until they can be done.
   *
   * @param deadlineNanos CLOCK_MONOTONIC, EAGAIN then
   */
  public void operate(Task task, List<SemaphoreOperation> operations, long deadlineNanos) {
    boolean alters = false;
    boolean undo = false;
    for (SemaphoreOperation o : operations) {
      if (o.number() >= values.length) {
        throw Errno.EFBIG.exception();
      }
      alters |= o.change() != 0;
      undo |= o.undo();
    }
    Waiter w;
    synchronized (this) {
      check(task, alters ? Subject.WRITE : Subject.READ);
      checkThere();
      short[] adjustment = undo ? adjustment(task.semaphoreUndo()) : null;
      w = new Waiter(operations, adjustment, task.process().pid());
      if (perform(w)) {
        operationTime = seconds(task);
        update();
        return;
      }
      (alters ? waiting : waitingForZero).add(w);
    }
    await(task, w, deadlineNanos);
  }

  private void await(Task task, Waiter w, long deadline) {
    ErrnoException end = Errno.EAGAIN.exception();
    try {
      w.queue.await(task, () -> isDone(w), deadline);
    } catch (ErrnoException e) {
      end = Errno.EINTR.exception(); // never restarted (signal(7))
    }
    synchronized (this) {
      if (!w.done) {
        waiting.remove(w);
        waitingForZero.remove(w);
        throw end;
      }
      if (w.error != null) {
        throw w.error;
      }
      operationTime = seconds(task);
    }
  }

  private synchronized boolean isDone(Waiter w) {
    return w.done;
  }

  private short[] adjustment(SemaphoreUndo list) {
    short[] a = adjustments.get(list);
    if (a == null) {
      owner.reserveUndo(values.length);
      a = new short[values.length];
      adjustments.put(list, a);
      list.add(this);
    }
    return a;
  }

  /**
   * Does all operations, or none.
   *
   * @return false when one would have to wait, which the waiter then knows
   * @throws ErrnoException EAGAIN if that must not wait, ERANGE
   */
  private boolean perform(Waiter w) {
    List<SemaphoreOperation> all = w.operations;
    for (int i = 0; i < all.size(); i++) {
      SemaphoreOperation o = all.get(i);
      int value = values[o.number()];
      int next = value + o.change();
      if ((o.change() == 0 && value != 0) || next < 0) {
        takeBack(w, i);
        w.blocking = o;
        if (o.noWait()) {
          throw Errno.EAGAIN.exception();
        }
        return false;
      }
      short[] a = o.undo() ? w.adjustment : null;
      int adjusted = a == null ? 0 : a[o.number()] - o.change();
      if (next > SemaphoreSets.SEMVMX
          || adjusted > SemaphoreSets.SEMAEM
          || adjusted < -SemaphoreSets.SEMAEM - 1) {
        takeBack(w, i);
        throw Errno.ERANGE.exception();
      }
      values[o.number()] = (short) next;
      if (a != null) {
        a[o.number()] = (short) adjusted;
      }
    }
    for (SemaphoreOperation o : all) {
      pids[o.number()] = w.pid;
    }
    return true;
  }

  private void takeBack(Waiter w, int done) {
    for (int i = done - 1; i >= 0; i--) {
      SemaphoreOperation o = w.operations.get(i);
      values[o.number()] -= (short) o.change();
      if (o.undo() && w.adjustment != null) {
        w.adjustment[o.number()] += (short) o.change();
      }
    }
  }

  /** Values have changed: who can go on now, the longest waiting first. */
  private void update() {
    do {
      finishAll(waitingForZero);
    } while (finishFirst(waiting));
  }

  private void finishAll(Set<Waiter> waiters) {
    waiters.removeIf(this::finished);
  }

  /** Whether one has changed values in turn. */
  private boolean finishFirst(Set<Waiter> waiters) {
    for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
      Waiter w = i.next();
      if (finished(w)) {
        i.remove();
        if (w.error == null) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean finished(Waiter w) {
    try {
      if (!perform(w)) {
        return false;
      }
      w.finish(null);
    } catch (ErrnoException e) {
      w.finish(e);
    }
    return true;
  }

  @Override
  public synchronized void undo(SemaphoreUndo list, Task last) {
    short[] a = adjustments.remove(list);
    if (a == null) {
      return;
    }
    owner.freeUndo(a.length);
    for (int i = 0; i < a.length; i++) {
      if (a[i] != 0) {
        values[i] = (short) Math.clamp(values[i] + a[i], 0, SemaphoreSets.SEMVMX);
        pids[i] = last.process().pid();
      }
    }
    operationTime = seconds(last);
    update();
  }

  // ---- semctl ----

  private int index(int number) {
    if (number < 0 || number >= values.length) {
      throw Errno.EINVAL.exception();
    }
    return number;
  }

  /** GETVAL. */
  public synchronized int value(Task task, int number) {
    check(task, Subject.READ);
    return values[index(number)];
  }

  /** GETPID: who has changed it last. */
  public synchronized int pid(Task task, int number) {
    check(task, Subject.READ);
    return pids[index(number)];
  }

  /** GETNCNT and GETZCNT: how many wait until the value grows, or is 0. */
  public synchronized int waiters(Task task, int number, boolean forZero) {
    check(task, Subject.READ);
    index(number);
    int n = 0;
    for (Set<Waiter> waiters : List.of(waiting, waitingForZero)) {
      for (Waiter w : waiters) {
        SemaphoreOperation o = w.blocking;
        if (o != null && o.number() == number && (o.change() == 0) == forZero) {
          n++;
        }
      }
    }
    return n;
  }

  /** GETALL. */
  public synchronized short[] values(Task task) {
    check(task, Subject.READ);
    return values.clone();
  }

  /** SETVAL. */
  public synchronized void setValue(Task task, int number, int value) {
    if (value < 0 || value > SemaphoreSets.SEMVMX) {
      throw Errno.ERANGE.exception();
    }
    index(number);
    check(task, Subject.WRITE);
    checkThere();
    values[number] = (short) value;
    pids[number] = task.process().pid();
    adjustments.values().forEach(a -> a[number] = 0);
    changeTime = seconds(task);
    update();
  }

  /** SETALL: as many values as there are semaphores, unsigned. */
  public synchronized void setValues(Task task, short[] wanted) {
    check(task, Subject.WRITE);
    checkThere();
    for (short v : wanted) {
      if (v < 0) {
        throw Errno.ERANGE.exception();
      }
    }
    System.arraycopy(wanted, 0, values, 0, values.length);
    Arrays.fill(pids, task.process().pid());
    adjustments.values().forEach(a -> Arrays.fill(a, (short) 0));
    changeTime = seconds(task);
    update();
  }

  /** IPC_STAT: struct semid64_ds. */
  public synchronized byte[] status() {
    return structure(STATUS_SIZE)
        .putLong(operationTime)
        .putLong(0)
        .putLong(changeTime)
        .putLong(0)
        .putLong(values.length)
        .array();
  }

  synchronized String line() {
    return "%10d %10d  %4o %10d %5d %5d %5d %5d %10d %10d\n"
        .formatted(
            key,
            id,
            mode,
            values.length,
            uid,
            gid,
            creatorUid,
            creatorGid,
            operationTime,
            changeTime);
  }

  /** All who wait get EIDRM. */
  synchronized void remove() {
    removed = true;
    for (Waiter w : new ArrayList<>(waiting)) {
      w.finish(Errno.EIDRM.exception());
    }
    for (Waiter w : new ArrayList<>(waitingForZero)) {
      w.finish(Errno.EIDRM.exception());
    }
    waiting.clear();
    waitingForZero.clear();
    adjustments.forEach(
        (list, a) -> {
          list.remove(this);
          owner.freeUndo(a.length);
        });
    adjustments.clear();
  }
}
