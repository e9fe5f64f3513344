package io.rookery.linux.kernel;

import io.rookery.cpu.Engine;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.X8664Table;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.mm.ImageAddresses;
import io.rookery.linux.mm.MemoryDescriptor;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.vfs.Vfs;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.PageSource;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One running Linux: the processes of a VM and what they have in common. Thread-safe.
 *
 * <p>Make it with {@link #builder}, start programs with {@link #spawn}, end them all with {@link
 * #close}. Engine, memory pool and file systems belong to the caller, who closes them afterwards.
 */
public final class Kernel implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Kernel.class.getName());

  /** Illegal instructions that are logged: guests may make any number. */
  private static final int MOST_ILLEGAL = 100;

  private static final long CLOSE_SECONDS = 10;
  private static final long CLOSE_POLL_NANOS = 500_000;

  private final Engine engine;
  private final MemoryPool memory;
  private final Vfs vfs;
  private final KernelClock clock;
  private final KernelLimits limits;
  private final @Nullable Random random;
  private final @Nullable Consumer<String> trace;
  private final PidTable pids = new PidTable();
  private final FutexTable futexes = new FutexTable();
  private final PiFutexTable piFutexes = new PiFutexTable();
  private final ImageAddresses imageAddresses = new ImageAddresses();
  private final KernelTimers timers;
  private final NetworkNamespace network;
  private final Object processLock = new Object();
  private final ThreadGroup init;
  private final Set<String> missingCalls = ConcurrentHashMap.newKeySet();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final Set<String> illegal = ConcurrentHashMap.newKeySet();
  private final Set<Task> running = ConcurrentHashMap.newKeySet();
  private final GuestThreads threads;
  private volatile String hostname;
  private volatile String domainName = "(none)";
  private volatile boolean closing;

  private Kernel(Builder b) {
    prepare();
    engine = b.engine;
    memory = b.memory;
    clock = b.clock;
    vfs = b.vfs != null ? b.vfs : new Vfs(clock, memory);
    limits = b.limits;
    random = b.random;
    trace = b.trace;
    hostname = b.hostname;
    threads = new GuestThreads(limits.stackBytes());
    timers = new KernelTimers(clock, hostname);
    network = new NetworkNamespace(this);
    init = new ThreadGroup(this, 1);
    pids.add(init);
    pids.add(init.session());
    ProcessGroup group = init.group();
    group.add(init);
    pids.add(group);
    vfs.caches().setInvalidator(this::invalidate);
  }

  /** Pages of a file changed other than by stores: every address space asks for them again. */
  private void invalidate(PageSource source, long firstPage, long pageCount) {
    Set<AddressSpace> done = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Task t : pids.tasks()) {
      MemoryDescriptor mm = t.mm().tryRetain();
      if (mm != null) {
        try {
          if (done.add(mm.space())) {
            mm.space().invalidate(source, firstPage, pageCount);
          }
        } finally {
          mm.release();
        }
      }
    }
  }

  /** Made when it is first needed: finding the JDK's providers takes a while. */
  private static final class Randomness {
    static final Random SECURE = new SecureRandom();

    private Randomness() {}
  }

  /**
   * Begins what takes long in a cold JVM, the table of system calls, the source of randomness and
   * the meter of processor time, on a thread of its own. Making a kernel does it too.
   */
  public static void prepare() {
    Thread.ofPlatform().daemon().name("kernel warm-up").start(Kernel::warmUp);
  }

  private static void warmUp() {
    X8664Table.get();
    Randomness.SECURE.nextInt();
    ProcessorTime.of(Thread.currentThread());
  }

  /** A builder with defaults for everything but the engine and the memory. */
  public static Builder builder(Engine engine, MemoryPool memory) {
    return new Builder(engine, memory);
  }

  /** Settings of a kernel. */
  public static final class Builder {
    private final Engine engine;
    private final MemoryPool memory;
    private @Nullable Vfs vfs;
    private KernelClock clock = KernelClock.system();
    private KernelLimits limits = KernelLimits.DEFAULT;
    private String hostname = "rookery";
    private @Nullable Random random;
    private @Nullable Consumer<String> trace;

    private Builder(Engine engine, MemoryPool memory) {
      this.engine = engine;
      this.memory = memory;
    }

    /** The file system layer, when it is made before the kernel; with the same clock. */
    public Builder vfs(Vfs value) {
      vfs = value;
      return this;
    }

    public Builder clock(KernelClock value) {
      clock = value;
      return this;
    }

    public Builder limits(KernelLimits value) {
      limits = value;
      return this;
    }

    public Builder hostname(String value) {
      hostname = value;
      return this;
    }

    /** Where AT_RANDOM, getrandom and /dev/urandom come from. */
    public Builder random(Random value) {
      random = value;
      return this;
    }

    /** Who gets a line for each system call; called by guest threads. */
    public Builder trace(Consumer<String> value) {
      trace = value;
      return this;
    }

    public Kernel build() {
      return new Kernel(this);
    }
  }

  public Engine engine() {
    return engine;
  }

  public MemoryPool memory() {
    return memory;
  }

  public Vfs vfs() {
    return vfs;
  }

  public KernelClock clock() {
    return clock;
  }

  public KernelLimits limits() {
    return limits;
  }

  /** Random bytes; thread-safe. */
  public Random random() {
    return random != null ? random : Randomness.SECURE;
  }

  public KernelTimers timers() {
    return timers;
  }

  public NetworkNamespace network() {
    return network;
  }

  public PidTable pids() {
    return pids;
  }

  public SyscallTable syscalls() {
    return X8664Table.get();
  }

  PiFutexTable piFutexes() {
    return piFutexes;
  }

  FutexTable futexes() {
    return futexes;
  }

  /** Where programs and libraries prefer to be loaded. */
  public ImageAddresses imageAddresses() {
    return imageAddresses;
  }

  @Nullable Consumer<String> trace() {
    return trace;
  }

  /** Guards parents, children, process groups and zombies. */
  Object processLock() {
    return processLock;
  }

  ThreadGroup init() {
    return init;
  }

  public String hostname() {
    return hostname;
  }

  public void setHostname(String name) {
    hostname = name;
  }

  public String domainName() {
    return domainName;
  }

  public void setDomainName(String name) {
    domainName = name;
  }

  /** Logs, once for each text, that a guest asked for something that is not implemented. */
  public void reportRefused(String what) {
    if (refused.add(what)) {
      LOG.log(System.Logger.Level.WARNING, "{0} is not implemented: refused", what);
    }
  }

  /** Whether an illegal instruction is met for the first time; false too after too many. */
  boolean firstIllegal(String bytes) {
    return illegal.size() < MOST_ILLEGAL && illegal.add(bytes);
  }

  /** Whether a missing system call is met for the first time. */
  boolean firstMiss(String call) {
    return missingCalls.add(call);
  }

  // ---- processes ----

  /**
   * Starts a program in a new process without a guest parent and waits until it is loaded.
   *
   * @throws io.rookery.linux.errno.ErrnoException as execve(2) and fork(2) fail
   */
  public ThreadGroup spawn(SpawnRequest request) {
    return Spawner.spawn(this, request);
  }

  /** Takes a new thread into the table of ids; EAGAIN beyond the limit. */
  Task addTask(java.util.function.Function<Integer, Task> maker) {
    if (closing || pids.taskCount() >= limits.tasks()) {
      throw Errno.EAGAIN.exception();
    }
    return pids.add(maker);
  }

  /**
   * Starts the Java thread of a task.
   *
   * @throws OutOfMemoryError when the host has no more threads
   */
  void start(Task task) {
    running.add(task);
    try {
      threads.start(task);
    } catch (OutOfMemoryError e) {
      running.remove(task);
      throw e;
    }
    if (closing) {
      task.process().startExit(ExitStatus.killed(Signals.SIGKILL));
    }
  }

  void ended(Task task) {
    running.remove(task);
  }

  /** Sends a signal to every process; SIGKILL ends them all. */
  public void signalAll(int signal) {
    synchronized (processLock) { // so that no child is born unseen meanwhile
      for (ThreadGroup p : pids.processes()) {
        if (!p.isInit()) {
          p.signal(SigInfo.kernel(signal));
        }
      }
    }
  }

  /**
   * Ends all processes and waits for their threads.
   *
   * @throws IllegalStateException when a thread has not ended within seconds
   */
  @Override
  public void close() {
    closing = true;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    Thread self = Thread.currentThread();
    while (running.stream().anyMatch(t -> t.thread() != self) && System.nanoTime() < deadline) {
      signalAll(Signals.SIGKILL);
      LockSupport.parkNanos(this, CLOSE_POLL_NANOS);
    }
    network.close();
    timers.close();
    threads.close();
    vfs.caches().close();
    for (Task task : running) {
      Thread t = task.thread();
      if (t != null && t != self) {
        IllegalStateException e = new IllegalStateException("guest does not end: " + task);
        e.setStackTrace(t.getStackTrace());
        throw e;
      }
    }
  }
}
