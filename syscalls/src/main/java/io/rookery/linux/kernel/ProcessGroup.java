package io.rookery.linux.kernel;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A process group (setpgid(2)). Its members are guarded by the kernel's process lock. */
public final class ProcessGroup {
  private final Kernel kernel;
  private final int id;
  private final Session session;
  private final Set<ThreadGroup> members = new LinkedHashSet<>();

  ProcessGroup(Kernel kernel, int id, Session session) {
    this.kernel = kernel;
    this.id = id;
    this.session = session;
  }

  /** The group id. */
  public int id() {
    return id;
  }

  public Session session() {
    return session;
  }

  /** The processes that are in it now, zombies included. */
  public List<ThreadGroup> members() {
    synchronized (kernel.processLock()) {
      return new ArrayList<>(members);
    }
  }

  /** Sends a signal of the kernel to every member. */
  public void signal(int signal) {
    synchronized (kernel.processLock()) { // so that no child is born unseen meanwhile
      for (ThreadGroup p : members()) {
        p.signal(SigInfo.kernel(signal));
      }
    }
  }

  /**
   * Whether no member has a parent in another group of the same session: then nobody would continue
   * stopped members, and job control stop signals are not obeyed.
   */
  public boolean isOrphaned() {
    return isOrphanedWithout(null);
  }

  boolean isOrphanedWithout(@Nullable ThreadGroup leaving) {
    synchronized (kernel.processLock()) {
      for (ThreadGroup p : members) {
        ThreadGroup parent = p.parent();
        if (p != leaving
            && !p.isZombie()
            && !parent.isInit()
            && parent.group() != this
            && parent.session() == session) {
          return false;
        }
      }
      return true;
    }
  }

  boolean hasStoppedMember() {
    synchronized (kernel.processLock()) {
      return members.stream().anyMatch(p -> p.signals().isStopped());
    }
  }

  void add(ThreadGroup p) {
    members.add(p);
  }

  /** Returns whether the group is now empty. */
  boolean remove(ThreadGroup p) {
    members.remove(p);
    return members.isEmpty();
  }
}
