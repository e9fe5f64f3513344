package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * The objects of one kind by key and identifier. An identifier is an index and, above it, a number
 * that changes when the index is used again. Thread-safe; its lock is taken before that of an
 * object, never after.
 */
final class IpcTable<T extends IpcObject> {
  /** Bits of an identifier that are the index (IPCMNI_SHIFT). */
  static final int INDEX_BITS = 15;

  static final int IPC_PRIVATE = 0;
  private static final int IPC_CREAT = 01000;
  private static final int IPC_EXCL = 02000;
  private static final int SEQUENCES = 1 << 31 - INDEX_BITS;
  private static final int SMALLEST_CYCLE = 64;

  private final int most;
  private final TreeMap<Integer, T> objects = new TreeMap<>(); // by index; guarded by this
  private final Map<Integer, T> keys = new HashMap<>(); // guarded by this
  private int lastIndex = -1; // guarded by this
  private int sequence; // guarded by this

  IpcTable(int most) {
    this.most = most;
  }

  /**
   * The object of a key, made if need be: what semget(2), msgget(2) and shmget(2) do.
   *
   * @param fits whether an object that exists is what is asked for, else EINVAL
   * @param maker makes an object from its identifier, or throws
   */
  synchronized T get(Task task, int key, int flags, Predicate<T> fits, IntFunction<T> maker) {
    T found = key == IPC_PRIVATE ? null : keys.get(key);
    if (found != null) {
      if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) {
        throw Errno.EEXIST.exception();
      }
      if (!fits.test(found)) {
        throw Errno.EINVAL.exception();
      }
      found.check(task, (flags >> 6 | flags >> 3 | flags) & 7);
      return found;
    }
    if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) {
      throw Errno.ENOENT.exception();
    }
    return add(key, maker);
  }

  private T add(int key, IntFunction<T> maker) {
    if (objects.size() >= most) {
      throw Errno.ENOSPC.exception();
    }
    int end = Math.min(most, Math.max(objects.size() * 3 / 2, SMALLEST_CYCLE));
    int index = lastIndex + 1;
    while (index < end && objects.containsKey(index)) {
      index++;
    }
    if (index >= end) {
      index = 0;
      while (objects.containsKey(index)) {
        index++;
      }
    }
    int number = index <= lastIndex ? (sequence + 1) % SEQUENCES : sequence;
    T made = maker.apply(number << INDEX_BITS | index);
    sequence = number;
    lastIndex = index;
    objects.put(index, made);
    if (key != IPC_PRIVATE) {
      keys.put(key, made);
    }
    return made;
  }

  /** The object of an identifier; EINVAL. */
  synchronized T find(int id) {
    T found = id < 0 ? null : objects.get(index(id));
    if (found == null || found.id != id) {
      throw Errno.EINVAL.exception();
    }
    return found;
  }

  /** The object at an index; EINVAL. */
  synchronized T at(int index) {
    T found = index < 0 ? null : objects.get(index(index));
    if (found == null) {
      throw Errno.EINVAL.exception();
    }
    return found;
  }

  private static int index(int id) {
    return id & (1 << INDEX_BITS) - 1;
  }

  /** The object loses its key, which is free for another one. */
  synchronized void forgetKey(T object) {
    synchronized (object) {
      keys.remove(object.key, object);
      object.key = IPC_PRIVATE;
    }
  }

  /** Takes an object out; false if that has been done. */
  synchronized boolean remove(T object) {
    synchronized (object) {
      keys.remove(object.key, object);
    }
    return objects.remove(index(object.id), object);
  }

  synchronized int size() {
    return objects.size();
  }

  /** The highest index in use, or 0. */
  synchronized int highestIndex() {
    return objects.isEmpty() ? 0 : objects.lastKey();
  }

  /** All objects in the order of their indices. */
  synchronized List<T> all() {
    return List.copyOf(objects.values());
  }
}
