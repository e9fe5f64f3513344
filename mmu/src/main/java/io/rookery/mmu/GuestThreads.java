package io.rookery.mmu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run guest code in an address space, and which changes of rights they have
 * noticed.
 *
 * <p>Every change that takes rights away starts an epoch. A thread has noticed it once it passed a
 * poll since, or while it is quiet: in a system call, waiting for the lock, or reading a file page.
 */
final class GuestThreads {
  private static final long PARK_NANOS = 20_000;
  private static final int ROUNDS_BETWEEN_REQUESTS = 50;

  /** One thread. {@code depth} belongs to the thread itself. */
  static final class Member {
    private static final VarHandle QUIET;
    private static final VarHandle SEEN;

    static {
      try {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        QUIET = lookup.findVarHandle(Member.class, "quiet", boolean.class);
        SEEN = lookup.findVarHandle(Member.class, "seen", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    final Participant participant;
    final Thread thread;
    volatile boolean quiet;
    volatile long seen;
    private int depth;

    Member(Participant participant, Thread thread, long epoch) {
      this.participant = participant;
      this.thread = thread;
      this.seen = epoch;
    }

    /** Whoever sees the flag late only waits longer, so this needs no full barrier. */
    void enterQuiet() {
      if (depth++ == 0) {
        QUIET.setRelease(this, true);
      }
    }

    /** The flag falls before the thread's next look at the tables. */
    void leaveQuiet() {
      if (depth == 0) {
        throw new IllegalStateException("the thread was not in the kernel");
      }
      if (--depth == 0) {
        QUIET.setRelease(this, false);
        Host.fullFence();
      }
    }

    /** The thread relies on no check that it made before. */
    void passed(long epoch) {
      SEEN.setRelease(this, epoch);
    }

    boolean noticed(long epoch) {
      return quiet || seen >= epoch;
    }
  }

  private final AtomicLong epoch = new AtomicLong();
  private final ConcurrentHashMap<Participant, Member> members = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Thread, Member> byThread = new ConcurrentHashMap<>();

  void add(Participant participant) {
    Member member = new Member(participant, Thread.currentThread(), epoch.get());
    if (members.putIfAbsent(participant, member) != null) {
      throw new IllegalStateException("registered twice");
    }
    byThread.put(member.thread, member);
  }

  void remove(Participant participant) {
    Member member = members.remove(participant);
    if (member == null) {
      throw new IllegalStateException("not registered");
    }
    byThread.remove(member.thread, member);
  }

  Member get(Participant participant) {
    Member member = members.get(participant);
    if (member == null) {
      throw new IllegalStateException("not registered");
    }
    return member;
  }

  @Nullable Member current() {
    return members.isEmpty() ? null : byThread.get(Thread.currentThread());
  }

  /** Starts an epoch, after rights were taken away. */
  long advance() {
    return epoch.incrementAndGet();
  }

  void passedPoll(Participant participant) {
    get(participant).passed(epoch.get());
  }

  /** Notes the epoch before the thread counts as running again: what comes later it will see. */
  void leaveKernel(Participant participant) {
    Member member = get(participant);
    member.passed(epoch.get());
    member.leaveQuiet();
  }

  /** Whether every other thread has noticed an epoch. */
  boolean noticed(long wanted) {
    Thread self = Thread.currentThread();
    for (Member member : members.values()) {
      if (!member.noticed(wanted) && member.thread != self) {
        return false;
      }
    }
    return true;
  }

  /** Asks those who have not noticed an epoch to poll. */
  void request(long wanted) {
    for (Member member : members.values()) {
      if (!member.noticed(wanted)) {
        member.participant.requestPoll();
      }
    }
  }

  /** Waits until every other thread has noticed an epoch. */
  void await(long wanted) {
    for (int round = 0; !noticed(wanted); round++) {
      if (round % ROUNDS_BETWEEN_REQUESTS == 0) {
        request(wanted);
      }
      LockSupport.parkNanos(PARK_NANOS);
    }
  }
}
