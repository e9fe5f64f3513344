package io.rookery.tcpip.core;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.link.Scheduler;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * The lock of a stack, and the pump that runs when it has been released: due timers, then packets
 * out, then events out. One thread pumps at a time; another that finds work tells it and goes on.
 * Nothing is called outside while the lock is held, so that stacks joined back to back neither
 * deadlock nor recurse more than once into each.
 */
public final class StackLoop {
  private static final System.Logger LOG = System.getLogger(StackLoop.class.getName());

  /** After so many rounds a pumping thread, which may be a user's, is relieved. */
  private static final int ROUNDS = 256;

  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicInteger demand = new AtomicInteger();
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final TimerQueue timers = new TimerQueue();
  private final PacketPool packets = new PacketPool();
  private final PagePool memory;
  private final long[] counters = new long[Counter.values().length];

  private Outbox outbox = new Outbox();
  private Outbox leaving = new Outbox();
  private long now;

  /** When the scheduler will wake the stack; each time was set since it is before all others. */
  private final Deque<Long> wakeUps = new ArrayDeque<>();

  /** What leaves in one round. */
  private static final class Outbox {
    final List<PacketBuffer> packets = new ArrayList<>();
    final List<Outlet> outlets = new ArrayList<>();
    final List<EventTarget> targets = new ArrayList<>();
    final List<Integer> events = new ArrayList<>();

    boolean isEmpty() {
      return packets.isEmpty() && targets.isEmpty();
    }
  }

  /**
   * A loop without work.
   *
   * @param memory most bytes that sockets should buffer
   */
  public StackLoop(Scheduler scheduler, RandomGenerator random, long memory) {
    this.scheduler = scheduler;
    this.random = random;
    this.memory = new PagePool(memory);
    now = scheduler.nanoTime();
  }

  /** Enters the stack; {@link #exit} must follow. */
  public void enter() {
    lock.lock();
    if (lock.getHoldCount() == 1) {
      now = scheduler.nanoTime();
    }
  }

  /** Leaves the stack, and pumps if this was the outermost {@link #enter}. */
  public void exit() {
    boolean work = lock.getHoldCount() == 1 && (!outbox.isEmpty() || wakeUpMissing());
    lock.unlock();
    if (work) {
      pump();
    }
  }

  private boolean wakeUpMissing() {
    return !timers.isEmpty() && (wakeUps.isEmpty() || timers.next() - wakeUps.getLast() < 0);
  }

  private void pump() {
    if (demand.getAndIncrement() == 0) {
      pumpUntilIdle();
    }
  }

  private void pumpUntilIdle() {
    int seen = 1;
    for (int round = 0; seen != 0; round++) {
      if (round == ROUNDS) {
        scheduler.schedule(this::pumpUntilIdle, 0);
        return;
      }
      seen = demand.get();
      try {
        round();
      } catch (Throwable e) {
        demand.set(0); // else nobody would ever pump again
        throw e;
      }
      seen = demand.addAndGet(-seen);
    }
  }

  private void round() {
    Outbox out;
    lock.lock();
    try {
      now = scheduler.nanoTime();
      leaving.packets.forEach(packets::give);
      leaving.packets.clear();
      runTimers();
      out = outbox;
      outbox = leaving;
      leaving = out;
      for (EventTarget target : out.targets) {
        out.events.add(target.pendingEvents);
        target.pendingEvents = 0;
      }
      setWakeUp();
    } finally {
      lock.unlock();
    }
    send(out);
    for (int i = 0; i < out.targets.size(); i++) {
      try {
        out.targets.get(i).deliver(out.events.get(i));
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "A readiness listener failed", e);
      }
    }
    out.targets.clear();
    out.events.clear();
  }

  private void runTimers() {
    try {
      timers.run(now);
    } catch (RuntimeException e) {
      internalError(e);
    }
  }

  /** Reports a bug. The stack goes on without what it was about to do. */
  public void internalError(RuntimeException e) {
    count(Counter.INTERNAL_ERRORS);
    LOG.log(System.Logger.Level.ERROR, "Internal error", e);
  }

  @SuppressWarnings("ReferenceEquality") // batches are for one outlet
  private void send(Outbox out) {
    int count = out.packets.size();
    for (int from = 0; from < count; ) {
      Outlet outlet = out.outlets.get(from);
      List<ByteBuffer> batch = new ArrayList<>(count - from);
      int to = from;
      for (; to < count && out.outlets.get(to) == outlet; to++) {
        batch.add(out.packets.get(to).view());
      }
      outlet.transmit(batch);
      from = to;
    }
    out.outlets.clear();
  }

  private void setWakeUp() {
    if (wakeUpMissing()) {
      long at = timers.next();
      wakeUps.addLast(at);
      scheduler.schedule(() -> wakeUp(at), Math.max(0, at - now));
    }
  }

  private void wakeUp(long at) {
    lock.lock();
    try {
      wakeUps.removeLastOccurrence(at);
    } finally {
      lock.unlock();
    }
    pump();
  }

  /** The time of the outermost {@link #enter}, in nanoseconds. */
  public long now() {
    return now;
  }

  /** A timer whose action runs within the lock. */
  public Timer timer(Runnable action) {
    return new Timer(timers, action);
  }

  public RandomGenerator random() {
    return random;
  }

  /** The memory for what sockets buffer. */
  public PagePool memory() {
    return memory;
  }

  /** A buffer for a packet; {@link #emit} or {@link #discard} must follow. */
  public PacketBuffer packet(int length) {
    return packets.take(length);
  }

  /** Gives back a packet that is not sent. */
  public void discard(PacketBuffer packet) {
    packets.give(packet);
  }

  /** Sends a packet when the lock is free, behind those emitted before. */
  public void emit(Outlet outlet, PacketBuffer packet) {
    outbox.packets.add(packet);
    outbox.outlets.add(outlet);
  }

  /** Delivers events when the lock is free, together with those signalled meanwhile. */
  public void signal(EventTarget target, int events) {
    if (target.pendingEvents == 0 && events != 0) {
      outbox.targets.add(target);
    }
    target.pendingEvents |= events;
  }

  @SuppressWarnings("EnumOrdinal") // an array is the cheapest table of counters
  public void count(Counter counter) {
    counters[counter.ordinal()]++;
  }

  @SuppressWarnings("EnumOrdinal")
  public long counted(Counter counter) {
    return counters[counter.ordinal()];
  }
}
