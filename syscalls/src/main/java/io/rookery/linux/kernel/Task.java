package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.mm.MemoryDescriptor;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A guest thread. It runs on a Java platform thread of its own, which alone calls the methods that
 * change it; what other threads may ask is volatile or guarded by the process's signal lock.
 */
public final class Task {
  /** What a program can hold in AT_RANDOM, TASK_COMM_LEN: 15 bytes and a NUL. */
  private static final int COMM_LENGTH = 15;

  /** Nanoseconds by which timers may be late. */
  private static final long TIMER_SLACK = 50_000;

  private final Kernel kernel;
  private final ThreadGroup process;
  private final CpuState cpu;
  private volatile int tid;
  private volatile MemoryDescriptor mm;
  private volatile FileTable files;
  private volatile FsContext fs;
  private volatile Credentials credentials;
  private volatile SemaphoreUndo semaphoreUndo = new SemaphoreUndo();
  private volatile byte[] comm = new byte[0];
  private volatile @Nullable Thread thread;

  // Signals. The queue and the mask are guarded by the signal lock; only this task changes the
  // mask.
  final SignalQueue queue = new SignalQueue();
  volatile long blocked;
  volatile long awaitedBlocked; // blocked but for rt_sigtimedwait, which takes them itself
  volatile boolean signalPending;
  volatile boolean stopRequested;
  private volatile boolean killed;
  AltStack altStack = AltStack.DISABLED;
  private long savedMask;
  private boolean restoreMask;

  // The system call that a signal interrupted.
  int restartError;
  long restartNumber;
  boolean restart32;
  @Nullable RestartBlock restartBlock;

  private @Nullable CallMemory callMemory32;
  private volatile @Nullable CallMemory callMemory;

  private boolean exiting;
  private boolean stateReplaced;
  private @Nullable Runnable prologue;

  // The last exception, for signal frames.
  int trapNumber;
  long trapError;
  long faultAddress;

  @Nullable VforkCompletion vforkCompletion;
  long clearChildTid;
  long robustList;
  long robustList32;
  boolean leftLocks; // guarded by the kernel's PiFutexTable
  private volatile int parentDeathSignal;
  private volatile boolean noNewPrivileges;
  private volatile int nice;
  private volatile Scheduling scheduling = Scheduling.initial();
  private volatile int ioPriority;
  private volatile int personality;
  private long timerSlack = TIMER_SLACK;
  private long defaultTimerSlack = TIMER_SLACK;

  private volatile boolean sleeping;
  private volatile long threadNanos; // what the Java thread had run before it was this task's
  private volatile long endedNanos = -1;
  private final long startNanos;

  Task(
      Kernel kernel,
      int tid,
      @Nullable ThreadGroup process,
      MemoryDescriptor mm,
      FileTable files,
      FsContext fs,
      Credentials credentials) {
    this.kernel = kernel;
    this.tid = tid;
    this.mm = mm;
    this.files = files;
    this.fs = fs;
    this.credentials = credentials;
    this.startNanos = kernel.clock().monotonicNanos();
    this.cpu = new CpuState(mm.space(), new SyscallPort(this));
    this.process = process != null ? process : new ThreadGroup(kernel, tid);
  }

  public Kernel kernel() {
    return kernel;
  }

  public ThreadGroup process() {
    return process;
  }

  public int tid() {
    return tid;
  }

  void setTid(int newTid) {
    tid = newTid;
  }

  public CpuState cpu() {
    return cpu;
  }

  public MemoryDescriptor mm() {
    return mm;
  }

  void setMm(MemoryDescriptor newMm) {
    mm = newMm;
  }

  /** The memory of this task as it is now; execve replaces it. */
  public UserMemory memory() {
    UserMemory call = callMemory;
    return call != null ? call : mm.memory();
  }

  /** A system call of the 32-bit table begins: structures may be handed over converted. */
  void beginCall32() {
    CallMemory m = callMemory32;
    if (m == null || m.space() != mm.space()) {
      m = new CallMemory(mm.space());
      callMemory32 = m;
    }
    m.begin();
    callMemory = m;
  }

  /**
   * Memory and scratch area of the 32-bit call that the task is in.
   *
   * @throws IllegalStateException when it is in none
   */
  public CallMemory callMemory() {
    CallMemory m = callMemory;
    if (m == null) {
      throw new IllegalStateException("no 32-bit system call");
    }
    return m;
  }

  void endCall32() {
    callMemory = null;
  }

  /** Whether the task is in a system call of the 32-bit table. */
  public boolean inCall32() {
    return callMemory != null;
  }

  public FileTable files() {
    return files;
  }

  /** Takes over the caller's reference on a new table. */
  public void setFiles(FileTable newFiles) {
    files = newFiles;
  }

  public FsContext fs() {
    return fs;
  }

  public void setFs(FsContext newFs) {
    fs = newFs;
  }

  public Credentials credentials() {
    return credentials;
  }

  /** New credentials; with other effective ids or more rights the process turns undumpable. */
  public void setCredentials(Credentials newCredentials) {
    if (newCredentials.exceed(credentials)) {
      process.setDumpable(0); // as /proc/sys/fs/suid_dumpable says
      parentDeathSignal = 0;
    }
    credentials = newCredentials;
  }

  /** What is undone to semaphores when this task, and others that share it, end. */
  public SemaphoreUndo semaphoreUndo() {
    return semaphoreUndo;
  }

  void setSemaphoreUndo(SemaphoreUndo list) {
    semaphoreUndo = list;
  }

  /** unshare(2) of CLONE_SYSVSEM. */
  public void leaveSemaphoreUndo() {
    SemaphoreUndo old = semaphoreUndo;
    semaphoreUndo = new SemaphoreUndo();
    old.release(this);
  }

  /** The command name, at most {@value #COMM_LENGTH} bytes. */
  public byte[] comm() {
    return comm.clone();
  }

  public void setComm(byte[] name) {
    int n = 0;
    while (n < name.length && n < COMM_LENGTH && name[n] != 0) {
      n++;
    }
    comm = Arrays.copyOf(name, n);
    Thread t = thread;
    if (t != null) {
      t.setName(threadName());
    }
  }

  String threadName() {
    return "guest "
        + process.pid()
        + "/"
        + tid
        + " "
        + new String(comm, StandardCharsets.ISO_8859_1);
  }

  // ---- the Java thread ----

  /** Sets what thread it runs on, which has run for {@code ranNanos} already. */
  void setThread(Thread t, long ranNanos) {
    threadNanos = ranNanos;
    thread = t;
  }

  @Nullable Thread thread() {
    return thread;
  }

  /** Makes the task look at its signals soon, wherever it is. */
  void kick() {
    cpu.attention = 1;
    Thread t = thread;
    if (t != null) {
      LockSupport.unpark(t);
    }
  }

  void setSleeping(boolean value) {
    sleeping = value;
  }

  /** Whether the task waits in a system call. */
  public boolean isSleeping() {
    return sleeping;
  }

  /** Processor time that the task has taken, in nanoseconds. */
  public long runNanos() {
    Thread t = thread;
    long now = endedNanos < 0 && t != null ? ProcessorTime.of(t) - threadNanos : 0;
    long ended = endedNanos; // the thread may be another task's by now
    return ended < 0 ? Math.max(0, now) : ended;
  }

  /** The task takes no more processor time; what its thread does now is not counted. */
  void settleRunNanos() {
    endedNanos = runNanos();
  }

  /** CLOCK_MONOTONIC at which the task began. */
  public long startNanos() {
    return startNanos;
  }

  // ---- interruption ----

  /**
   * Whether a signal that is to be handled, a stop or the end of the process is pending: a blocking
   * call must end then, with EINTR or a restart.
   */
  public boolean interrupted() {
    return signalPending;
  }

  /** Whether the task is to end at once. */
  public boolean killed() {
    return killed;
  }

  void kill() {
    killed = true;
    signalPending = true;
    kick();
  }

  boolean exiting() {
    return exiting || killed;
  }

  /** Whether the task must look at signals before it runs guest code again. */
  boolean needsWork() {
    return signalPending || restartError != 0 || restoreMask || exiting;
  }

  /** The registers were replaced: the result of the system call must not be stored. */
  void setStateReplaced() {
    stateReplaced = true;
  }

  boolean takeStateReplaced() {
    boolean was = stateReplaced;
    stateReplaced = false;
    return was;
  }

  /** What the task does before it runs guest code for the first time. */
  void setPrologue(Runnable action) {
    prologue = action;
  }

  @Nullable Runnable takePrologue() {
    Runnable p = prologue;
    prologue = null;
    return p;
  }

  /** exit(2): ends this task; the process too if it is the last one. */
  public void exit(int code) {
    process.lastExitCode(code);
    exiting = true;
  }

  /** exit_group(2): ends the process. */
  public void exitGroup(int code) {
    process.startExit(ExitStatus.exited(code));
    exiting = true;
  }

  /** Where to store 0 and wake a futex when the task ends. */
  public void setClearChildTid(long address) {
    clearChildTid = address;
  }

  /** Sends a signal to this very thread. */
  public void signal(SigInfo info) {
    process.signals().send(info, this);
  }

  /** Sends the calling thread a signal as if from itself, such as SIGPIPE. */
  public void signalSelf(int signal) {
    signal(SigInfo.user(signal, SigInfo.SI_USER, process.pid(), credentials.uid()));
  }

  /** The signals that wait for this task, blocked ones included, as a set. */
  public long pendingSignals() {
    return process.signals().pending(this);
  }

  /** Takes a pending signal of a set, for signalfd and sigtimedwait; null if there is none. */
  public @Nullable SigInfo takeSignal(long set) {
    return process.signals().take(this, set);
  }

  /** Whether the task blocks or ignores a signal (job control asks for SIGTTIN and SIGTTOU). */
  public boolean blocksOrIgnores(int signal) {
    return (blocked & Signals.bit(signal)) != 0
        || process.signals().actions().get(signal).handler() == SignalAction.IGNORE;
  }

  /** The signal mask as a set. */
  public long signalMask() {
    return blocked;
  }

  /** Sets the signal mask; SIGKILL and SIGSTOP stay unblocked. */
  public void setSignalMask(long mask) {
    process.signals().setMask(this, mask);
  }

  /**
   * Sets a mask for the rest of this system call only (sigsuspend, ppoll, pselect, epoll_pwait):
   * the old one comes back after the signals that end the call were handled.
   */
  public void setTemporarySignalMask(long mask) {
    if (!restoreMask) {
      savedMask = blocked;
      restoreMask = true;
    }
    setSignalMask(mask);
  }

  /** The call ended without a signal: brings the mask from before it back. */
  public void restoreSignalMask() {
    if (restoreMask) {
      restoreMask = false;
      setSignalMask(savedMask);
    }
  }

  /** The mask to go back to after a handler. */
  long maskForFrame() {
    if (restoreMask) {
      restoreMask = false;
      return savedMask;
    }
    return blocked;
  }

  /** Fails with EINTR if a signal is pending. */
  public void checkInterrupted() {
    if (interrupted()) {
      throw Errno.EINTR.exception();
    }
  }

  // ---- attributes ----

  public int parentDeathSignal() {
    return parentDeathSignal;
  }

  public void setParentDeathSignal(int signal) {
    parentDeathSignal = signal;
  }

  public boolean noNewPrivileges() {
    return noNewPrivileges;
  }

  public void setNoNewPrivileges() {
    noNewPrivileges = true;
  }

  /** Nice value, -20…19. */
  public int nice() {
    return nice;
  }

  public void setNice(int value) {
    nice = value;
  }

  /** Scheduling policy and processors. */
  public Scheduling scheduling() {
    return scheduling;
  }

  public void setScheduling(Scheduling value) {
    scheduling = value;
  }

  /** Class and level as in ioprio_set(2); 0 is none. */
  public int ioPriority() {
    return ioPriority;
  }

  /** ioprio_set(2); without effect on the host. */
  public void setIoPriority(int value) {
    ioPriority = value;
  }

  /** The execution domain (personality(2)). */
  public int personality() {
    return personality;
  }

  /** Sets the execution domain of this task alone. */
  public void setPersonality(int value) {
    personality = value;
  }

  /** PR_GET_TIMERSLACK, in nanoseconds; the host's timers do not know of it. */
  public long timerSlack() {
    return timerSlack;
  }

  /** PR_SET_TIMERSLACK; not positive is what the task began with. */
  public void setTimerSlack(long nanos) {
    timerSlack = nanos > 0 ? nanos : defaultTimerSlack;
  }

  /** What a new task takes over from its parent and is not shared. */
  void inherit(Task parent) {
    ioPriority = parent.ioPriority;
    personality = parent.personality;
    timerSlack = parent.timerSlack;
    defaultTimerSlack = parent.timerSlack;
  }

  /** A line for logs. */
  @Override
  public String toString() {
    return threadName();
  }
}
