package io.rookery.linux.kernel;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * What is to be undone to semaphores (SEM_UNDO of semop(2)) when the last of the tasks that share
 * the list (CLONE_SYSVSEM) ends. Thread-safe.
 */
public final class SemaphoreUndo {
  /** A semaphore set that keeps adjustments for lists. */
  @FunctionalInterface
  public interface Adjusted {
    /** Applies the adjustments that it keeps for a list, and forgets them. */
    void undo(SemaphoreUndo list, Task last);
  }

  private int users = 1; // guarded by this
  private final Set<Adjusted> sets =
      Collections.newSetFromMap(new IdentityHashMap<>()); // guarded by this

  SemaphoreUndo() {}

  /** One more task shares the list. */
  synchronized SemaphoreUndo retain() {
    users++;
    return this;
  }

  /** A task ends or leaves; the last one undoes. */
  void release(Task task) {
    List<Adjusted> all;
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
      all = List.copyOf(sets);
      sets.clear();
    }
    all.forEach(s -> s.undo(this, task));
  }

  /** A set keeps adjustments for this list. */
  public synchronized void add(Adjusted set) {
    sets.add(set);
  }

  /** A set has none any more. */
  public synchronized void remove(Adjusted set) {
    sets.remove(set);
  }
}
