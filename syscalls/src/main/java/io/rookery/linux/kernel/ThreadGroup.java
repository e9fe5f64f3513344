package io.rookery.linux.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A process: one or more tasks with one pid. Relations to other processes are guarded by the
 * kernel's process lock.
 */
@SuppressWarnings("JavaLangClash") // the kernel's own term
public final class ThreadGroup {
  private final Kernel kernel;
  private final int pid;
  private final ProcessSignals signals;
  private final IntervalTimers intervalTimers;
  private final PosixTimers posixTimers;
  private final CpuLimit cpuLimit = new CpuLimit(this);
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final CopyOnWriteArrayList<Task> tasks = new CopyOnWriteArrayList<>();
  private final WaitQueue threadGone = new WaitQueue();
  private final WaitQueue exitQueue = new WaitQueue();
  private volatile ResourceLimits limits;

  // Relations, changed under the process lock.
  private volatile ThreadGroup parent;
  private final List<ThreadGroup> children = new ArrayList<>();
  private final WaitQueue childQueue = new WaitQueue();
  private volatile ProcessGroup group;
  private volatile boolean zombie;
  private volatile int exitSignal = Signals.SIGCHLD;

  private volatile boolean executed;
  private volatile boolean subreaper;
  private volatile int dumpable = 1;
  private volatile @Nullable Credentials lastCredentials;
  private byte[] lastComm = new byte[0];

  private volatile @Nullable ExitStatus exitStatus; // set once, under this
  private int lastCode; // under this
  private @Nullable Task parentTask; // under the process lock
  private @Nullable Task executing; // under this: the task that is to be the only one
  private CpuTimes endedTasks = CpuTimes.ZERO; // under this
  private CpuTimes childTimes = CpuTimes.ZERO; // under this
  private final long startNanos;

  ThreadGroup(Kernel kernel, int pid) {
    this.kernel = kernel;
    this.pid = pid;
    this.signals = new ProcessSignals(kernel, this);
    this.limits = kernel.limits().processDefaults();
    this.parent = this;
    this.group = new ProcessGroup(kernel, pid, new Session(pid));
    this.startNanos = kernel.clock().monotonicNanos();
    this.intervalTimers = new IntervalTimers(this);
    this.posixTimers = new PosixTimers(this);
  }

  public Kernel kernel() {
    return kernel;
  }

  public int pid() {
    return pid;
  }

  /** The living tasks, the oldest first. Empty for init and zombies. */
  public List<Task> tasks() {
    return tasks;
  }

  /** The oldest living task, or null when the process has ended. */
  public @Nullable Task mainTask() {
    for (Task t : tasks) {
      return t;
    }
    return null;
  }

  public ProcessSignals signals() {
    return signals;
  }

  /** The kernel's own pid 1: it has no tasks and reaps orphans at once. */
  public boolean isInit() {
    return pid == 1;
  }

  // ---- relations ----

  public ThreadGroup parent() {
    return parent;
  }

  /** getppid(2). */
  public int parentPid() {
    return parent.pid();
  }

  void setParent(ThreadGroup newParent) {
    parent = newParent;
  }

  /** The parent's task that made the process or took it over; guarded by the process lock. */
  @Nullable Task parentTask() {
    return parentTask;
  }

  void setParentTask(@Nullable Task newParentTask) {
    parentTask = newParentTask;
  }

  /** The children, zombies included; to be used under the process lock. */
  List<ThreadGroup> children() {
    return children;
  }

  /** Woken when a child changes its state. */
  WaitQueue childQueue() {
    return childQueue;
  }

  public ProcessGroup group() {
    return group;
  }

  public Session session() {
    return group.session();
  }

  /** Moves the process to a group; under the process lock. */
  void setGroup(ProcessGroup newGroup) {
    ProcessGroup old = group;
    if (old != newGroup) {
      group = newGroup;
      newGroup.add(this);
      if (old.remove(this)) {
        kernel.pids().remove(old);
      }
    }
  }

  /** Enters the process into the group that it was made with or inherits. */
  void joinGroup(ProcessGroup inherited) {
    group = inherited;
    inherited.add(this);
  }

  /** The signal that the parent gets when the process ends, or 0. */
  public int exitSignal() {
    return exitSignal;
  }

  void setExitSignal(int signal) {
    exitSignal = signal;
  }

  /** Tells the parent of an end, a stop or a continuation. */
  void notifyParent(int code, int status) {
    synchronized (kernel.processLock()) {
      ThreadGroup p = parent;
      if (!p.isInit() && exitSignal != 0) {
        boolean stop = code == SigInfo.CLD_STOPPED || code == SigInfo.CLD_CONTINUED;
        SignalAction action = p.signals.actions().get(Signals.SIGCHLD);
        if (!stop || !action.has(SignalAction.SA_NOCLDSTOP)) {
          int signal = stop ? Signals.SIGCHLD : exitSignal;
          CpuTimes t = times();
          p.signals.send(
              SigInfo.child(
                  signal,
                  code,
                  pid,
                  credentials().uid(),
                  status,
                  t.user() / CpuTimes.TICK,
                  t.system() / CpuTimes.TICK),
              null);
        }
      }
      p.childQueue.wakeAll();
    }
  }

  /** The credentials of the main task, or the last ones of a zombie. */
  public Credentials credentials() {
    Task t = mainTask();
    Credentials last = lastCredentials;
    return t != null ? t.credentials() : last != null ? last : Credentials.ROOT;
  }

  /** The command name of the main task, or the last one of a zombie. */
  public byte[] comm() {
    Task t = mainTask();
    return t != null ? t.comm() : lastComm.clone();
  }

  // ---- life and death ----

  void addTask(Task t) {
    tasks.add(t);
  }

  /**
   * Adds a thread made by clone(2) unless the process is ending or about to execute another
   * program.
   */
  synchronized boolean tryAddTask(Task t) {
    if (exitStatus != null || executing != null) {
      return false;
    }
    tasks.add(t);
    return true;
  }

  /** Ends the process: every task leaves at its next poll. The first call decides the status. */
  public void startExit(ExitStatus status) {
    synchronized (this) {
      if (exitStatus != null) {
        return;
      }
      exitStatus = status;
    }
    for (Task t : tasks) {
      t.kill();
    }
    threadGone.wakeAll();
  }

  /** Whether {@link #startExit} was called. */
  public boolean isExiting() {
    return exitStatus != null;
  }

  /** How the process ends or ended, or null while it lives. */
  public @Nullable ExitStatus exitStatus() {
    return exitStatus;
  }

  /** exit(2) of a task: the last one's code is the process's unless exit_group(2) follows. */
  synchronized void lastExitCode(int code) {
    lastCode = code;
  }

  /** The last task left by exit(2) rather than exit_group(2). */
  synchronized ExitStatus settleStatus() {
    ExitStatus s = exitStatus;
    if (s == null) {
      s = ExitStatus.exited(lastCode);
      exitStatus = s;
    }
    return s;
  }

  /** Whether the process has ended and waits for its parent. */
  public boolean isZombie() {
    return zombie;
  }

  void setZombie() {
    zombie = true;
    exitQueue.wakeAll();
  }

  /** Woken when the process has ended (pidfd). */
  public WaitQueue exitQueue() {
    return exitQueue;
  }

  /** Completes when the process has ended, on the guest's thread; never exceptionally. */
  public CompletableFuture<ExitStatus> onExit() {
    return exit;
  }

  /**
   * Removes a task that has ended.
   *
   * @return whether it was the last
   */
  boolean removeTask(Task t) {
    boolean last;
    t.settleRunNanos();
    synchronized (this) {
      endedTasks = endedTasks.plus(new CpuTimes(t.runNanos(), 0));
      if (tasks.size() == 1 && tasks.contains(t)) {
        lastCredentials = t.credentials();
        lastComm = t.comm();
      }
      tasks.remove(t);
      last = tasks.isEmpty();
    }
    threadGone.wakeAll();
    return last;
  }

  /**
   * Makes {@code self} the only task of the process, for execve(2).
   *
   * @return false when the process is ending, or another task executes already
   */
  boolean becomeSingle(Task self) {
    synchronized (this) {
      if (exitStatus != null || executing != null) {
        return false;
      }
      executing = self;
    }
    for (Task t : tasks) {
      if (t != self) {
        t.kill();
      }
    }
    threadGone.awaitUnlessKilled(self, () -> tasks.size() == 1);
    synchronized (this) {
      executing = null;
    }
    return !self.killed();
  }

  /** Sends a signal to the process. */
  public boolean signal(SigInfo info) {
    return signals.send(info, null);
  }

  // ---- attributes ----

  public ResourceLimits limits() {
    return limits;
  }

  void setLimits(ResourceLimits newLimits) {
    limits = newLimits;
  }

  /** Sets a limit whose values are valid. */
  public void setLimit(Resource resource, long soft, long hard) {
    limits.set(resource, soft, hard);
    if (resource == Resource.NOFILE) {
      int files = (int) limits.softAtMost(Resource.NOFILE, kernel.limits().openFiles());
      tasks.forEach(t -> t.files().setLimit(files));
    } else if (resource == Resource.CPU) {
      cpuLimit.changed();
    }
  }

  /** Whether execve(2) succeeded in this process. */
  boolean hasExecuted() {
    return executed;
  }

  void setExecuted() {
    executed = true;
  }

  public boolean isSubreaper() {
    return subreaper;
  }

  public void setSubreaper(boolean value) {
    subreaper = value;
  }

  /** PR_GET_DUMPABLE. */
  public int dumpable() {
    return dumpable;
  }

  public void setDumpable(int value) {
    dumpable = value;
  }

  IntervalTimers intervalTimers() {
    return intervalTimers;
  }

  CpuLimit cpuLimit() {
    return cpuLimit;
  }

  PosixTimers posixTimers() {
    return posixTimers;
  }

  /** CLOCK_MONOTONIC at which the process began. */
  public long startNanos() {
    return startNanos;
  }

  /** Processor time of all tasks, ended ones included. */
  public CpuTimes times() {
    long running = 0;
    CpuTimes ended;
    synchronized (this) {
      for (Task t : tasks) {
        running += t.runNanos();
      }
      ended = endedTasks;
    }
    return new CpuTimes(ended.user() + running, ended.system());
  }

  /** Processor time of children that were waited for, and of theirs. */
  public synchronized CpuTimes childTimes() {
    return childTimes;
  }

  synchronized void addChildTimes(CpuTimes t) {
    childTimes = childTimes.plus(t);
  }

  @Override
  public String toString() {
    return "process " + pid;
  }
}
