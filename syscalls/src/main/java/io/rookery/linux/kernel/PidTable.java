package io.rookery.linux.kernel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All ids in use: threads, processes, process groups and sessions share one number space. */
public final class PidTable {
  /** One more than the highest pid (/proc/sys/kernel/pid_max). */
  public static final int MAX = 32768;

  private static final int FIRST_AFTER_WRAP = 300;

  private final ConcurrentMap<Integer, Task> tasks = new ConcurrentHashMap<>();
  private final ConcurrentMap<Integer, ThreadGroup> processes = new ConcurrentHashMap<>();
  private final ConcurrentMap<Integer, ProcessGroup> groups = new ConcurrentHashMap<>();
  private final ConcurrentMap<Integer, Session> sessions = new ConcurrentHashMap<>();
  private int last = 1;

  PidTable() {}

  /** The thread with this id, or null. */
  public @Nullable Task task(int tid) {
    return tasks.get(tid);
  }

  /** The process with this id, zombies included, or null. */
  public @Nullable ThreadGroup process(int pid) {
    return processes.get(pid);
  }

  /** The process group with this id, or null. */
  public @Nullable ProcessGroup group(int id) {
    return groups.get(id);
  }

  /** The session with this id, or null. */
  public @Nullable Session session(int id) {
    return sessions.get(id);
  }

  /** Whether a thread, a process, a group or a session has this id. */
  public boolean isUsed(int id) {
    return tasks.containsKey(id)
        || processes.containsKey(id)
        || groups.containsKey(id)
        || sessions.containsKey(id);
  }

  /** All processes, zombies and init included, in no order. */
  public List<ThreadGroup> processes() {
    return new ArrayList<>(processes.values());
  }

  /** Number of threads that have not ended. */
  public int taskCount() {
    return tasks.size();
  }

  /** The id given out last (/proc/loadavg). */
  public synchronized int lastId() {
    return last;
  }

  Collection<Task> tasks() {
    return tasks.values();
  }

  /** Registers a new thread under a free id, which {@code maker} gets. */
  synchronized Task add(Function<Integer, Task> maker) {
    int id = last;
    do {
      id = id + 1 >= MAX ? FIRST_AFTER_WRAP : id + 1;
    } while (isUsed(id));
    Task task = maker.apply(id);
    last = id;
    tasks.put(id, task);
    return task;
  }

  void add(ThreadGroup p) {
    processes.put(p.pid(), p);
  }

  void add(ProcessGroup g) {
    groups.put(g.id(), g);
  }

  void add(Session s) {
    sessions.put(s.id(), s);
  }

  void remove(Task t) {
    tasks.remove(t.tid(), t);
  }

  /** execve by another thread than the leader: the survivor takes the leader's id. */
  void rename(Task t, int from, int to) {
    tasks.remove(from, t);
    tasks.put(to, t);
  }

  void remove(ThreadGroup p) {
    processes.remove(p.pid(), p);
  }

  /** Drops an empty group, and its session when that was the last one. */
  void remove(ProcessGroup g) {
    groups.remove(g.id(), g);
    if (groups.values().stream().noneMatch(o -> o.session() == g.session())) {
      sessions.remove(g.session().id(), g.session());
    }
  }
}
