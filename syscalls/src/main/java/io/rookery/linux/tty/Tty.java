package io.rookery.linux.tty;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.ControllingTerminal;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.ProcessGroup;
import io.rookery.linux.kernel.Session;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileMode;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A pseudo terminal: line discipline, window size, job control, and the bytes between its two
 * sides. Thread-safe. Signals are sent and queues woken without its lock.
 */
public final class Tty implements ControllingTerminal {
  static final int MAJOR = 136;
  private static final int OUTPUT_LIMIT = 16 * 1024;
  private static final long TENTH = 100_000_000L;

  private final Kernel kernel;
  private final int index;
  private final WaitQueue slaveQueue = new WaitQueue();
  private final WaitQueue masterQueue = new WaitQueue();
  // Guarded by this, all below.
  private final LineDiscipline discipline = new LineDiscipline();
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private WindowSize size = WindowSize.UNKNOWN;
  private @Nullable Session session;
  private int foreground;
  private int slaves;
  private boolean slaveSeen;
  private boolean masterClosed;
  private boolean locked = true;
  private boolean exclusive;
  private boolean outputStopped;
  private int epoch; // grows with each hang-up

  Tty(Kernel kernel, int index) {
    this.kernel = kernel;
    this.index = index;
  }

  /** N of /dev/pts/N. */
  public int index() {
    return index;
  }

  Kernel kernel() {
    return kernel;
  }

  WaitQueue slaveQueue() {
    return slaveQueue;
  }

  WaitQueue masterQueue() {
    return masterQueue;
  }

  private void wakeBoth() {
    slaveQueue.wakeAll();
    masterQueue.wakeAll();
  }

  // ControllingTerminal

  @Override
  public long device() {
    return FileMode.device(MAJOR, index);
  }

  @Override
  public synchronized int foregroundGroup() {
    return foreground;
  }

  @Override
  public synchronized void setForegroundGroup(int group) {
    foreground = group;
  }

  @Override
  public void sessionEnded(Session ended) {
    synchronized (this) {
      if (session != null && session != ended) {
        return;
      }
      session = null;
      foreground = 0;
      epoch++;
    }
    wakeBoth();
  }

  /** Makes this the controlling terminal of a session leader that has none. */
  void takeAsControlling(Task task) {
    ThreadGroup p = task.process();
    Session s = p.session();
    synchronized (this) {
      session = s;
      foreground = p.group().id();
    }
    s.setTerminal(this);
  }

  /** Gives the terminal up (TIOCNOTTY). */
  void release(Task task) {
    Session s = task.process().session();
    if (s.terminal() != this) {
      throw Errno.ENOTTY.exception();
    }
    if (s.id() != task.process().pid()) {
      return; // only this process would lose it; sessions hold it for all
    }
    ProcessGroup g = kernel.pids().group(foregroundGroup());
    if (g != null) {
      g.signal(Signals.SIGHUP);
      g.signal(Signals.SIGCONT);
    }
    s.setTerminal(null);
    synchronized (this) {
      session = null;
      foreground = 0;
    }
  }

  /** Whether it is the controlling terminal of a session other than this one. */
  synchronized boolean ownedByOther(Session s) {
    Session mine = session;
    return mine != null && mine != s && mine.terminal() == this;
  }

  /**
   * Stops a background process that wants to read, write or change the terminal.
   *
   * @param signal SIGTTIN or SIGTTOU
   */
  void requireForeground(Task task, int signal) {
    ThreadGroup p = task.process();
    int front = foregroundGroup();
    if (p.session().terminal() != this || front == 0 || p.group().id() == front) {
      return;
    }
    if (task.blocksOrIgnores(signal)) {
      if (signal == Signals.SIGTTIN) {
        throw Errno.EIO.exception();
      }
      return;
    }
    if (p.group().isOrphaned()) {
      throw Errno.EIO.exception();
    }
    p.group().signal(signal);
    throw Errno.ERESTARTSYS.exception();
  }

  private void signalForeground(int signal) {
    ProcessGroup g = kernel.pids().group(foregroundGroup());
    if (g != null) {
      g.signal(signal);
    }
  }

  // Settings

  synchronized Termios termios() {
    return discipline.termios();
  }

  void setTermios(Termios t, boolean flush) {
    synchronized (this) {
      if (flush) {
        discipline.flushInput();
      }
      discipline.setTermios(t);
    }
    wakeBoth();
  }

  /** TCOOFF and TCOON of tcflow(3). */
  void flow(boolean stop) {
    synchronized (this) {
      outputStopped = stop;
    }
    slaveQueue.wakeAll();
  }

  void flushInput() {
    synchronized (this) {
      discipline.flushInput();
    }
    wakeBoth();
  }

  void flushOutput() {
    synchronized (this) {
      output.reset();
    }
    wakeBoth();
  }

  synchronized WindowSize size() {
    return size;
  }

  /** Sets the window size; a change is told to the foreground group. */
  public void setSize(WindowSize newSize) {
    synchronized (this) {
      if (newSize.equals(size)) {
        return;
      }
      size = newSize;
    }
    signalForeground(Signals.SIGWINCH);
  }

  synchronized boolean locked() {
    return locked;
  }

  synchronized void setLocked(boolean value) {
    locked = value;
  }

  synchronized void setExclusive(boolean value) {
    exclusive = value;
  }

  synchronized boolean exclusive() {
    return exclusive;
  }

  // The two sides

  /** A slave was opened; returns the epoch that its description belongs to. */
  int slaveOpened() {
    int e;
    synchronized (this) {
      slaves++;
      slaveSeen = true;
      e = epoch;
    }
    masterQueue.wakeAll();
    return e;
  }

  void slaveClosed() {
    synchronized (this) {
      slaves--;
    }
    masterQueue.wakeAll();
  }

  /** Whether a description of that epoch has been hung up. */
  synchronized boolean hungUp(int ofEpoch) {
    return masterClosed || epoch != ofEpoch;
  }

  /** The master is gone: everybody on the slave's side is hung up. */
  void hangUp() {
    Session s;
    synchronized (this) {
      if (masterClosed) {
        return;
      }
      masterClosed = true;
      epoch++;
      s = session;
    }
    wakeBoth();
    ProcessGroup front = kernel.pids().group(foregroundGroup());
    if (s == null && front != null) {
      s = front.session();
    }
    if (s != null && s.terminal() == this) {
      ThreadGroup leader = kernel.pids().process(s.id());
      if (leader != null) {
        leader.signal(SigInfo.kernel(Signals.SIGHUP));
        leader.signal(SigInfo.kernel(Signals.SIGCONT));
      }
      signalForeground(Signals.SIGHUP);
    }
  }

  // Slave

  private synchronized boolean readable(int minimum, int ofEpoch) {
    return hungUp(ofEpoch) || discipline.readable(minimum);
  }

  int slaveRead(
      Task task, byte[] target, int offset, int length, boolean nonBlocking, int ofEpoch) {
    requireForeground(task, Signals.SIGTTIN);
    Termios t = termios();
    boolean canonical = t.hasLocal(Termios.ICANON);
    int minimum = canonical ? 1 : Math.min(t.character(Termios.VMIN), length);
    int time = canonical ? 0 : t.character(Termios.VTIME);
    BooleanSupplier ready = () -> readable(minimum, ofEpoch);
    if (nonBlocking) {
      if (!readable(1, ofEpoch)) {
        throw Errno.EAGAIN.exception();
      }
    } else if (time == 0) {
      if (minimum > 0) {
        slaveQueue.await(task, ready, WaitQueue.FOREVER);
      }
    } else if (minimum == 0) {
      slaveQueue.await(task, () -> readable(1, ofEpoch), deadline(time));
    } else {
      awaitBetweenBytes(task, ready, time, ofEpoch);
    }
    int n;
    synchronized (this) {
      if (hungUp(ofEpoch)) {
        return 0;
      }
      n = discipline.read(target, offset, length);
    }
    masterQueue.wakeAll();
    return n;
  }

  private long deadline(int tenths) {
    return kernel.clock().monotonicNanos() + tenths * TENTH;
  }

  /** VMIN and VTIME both set: the timer runs from each byte to the next. */
  private void awaitBetweenBytes(Task task, BooleanSupplier ready, int time, int ofEpoch) {
    slaveQueue.await(task, () -> readable(1, ofEpoch), WaitQueue.FOREVER);
    while (!ready.getAsBoolean()) {
      int before = available();
      if (!slaveQueue.await(
          task, () -> ready.getAsBoolean() || available() != before, deadline(time))) {
        return;
      }
    }
  }

  synchronized int available() {
    return discipline.available();
  }

  int slaveWrite(
      Task task, byte[] source, int offset, int length, boolean nonBlocking, int ofEpoch) {
    if (termios().hasLocal(Termios.TOSTOP)) {
      requireForeground(task, Signals.SIGTTOU);
    }
    int done = 0;
    while (done < length) {
      int n;
      synchronized (this) {
        if (hungUp(ofEpoch)) {
          throw Errno.EIO.exception();
        }
        n = Math.min(length - done, Math.max(0, room()));
        if (n > 0) {
          output.writeBytes(discipline.process(source, offset + done, n));
        }
      }
      if (n > 0) {
        done += n;
        masterQueue.wakeAll();
        continue;
      }
      if (nonBlocking) {
        if (done > 0) {
          return done;
        }
        throw Errno.EAGAIN.exception();
      }
      try {
        slaveQueue.await(task, () -> roomOrGone(ofEpoch), WaitQueue.FOREVER);
      } catch (io.rookery.linux.errno.ErrnoException e) {
        if (done > 0) {
          return done;
        }
        throw e;
      }
    }
    return done;
  }

  private int room() {
    boolean stop = outputStopped || discipline.stopped();
    return stop ? 0 : OUTPUT_LIMIT - output.size();
  }

  private synchronized boolean roomOrGone(int ofEpoch) {
    return hungUp(ofEpoch) || room() > 0;
  }

  synchronized int outputPending() {
    return output.size();
  }

  synchronized int slavePoll(int ofEpoch) {
    if (hungUp(ofEpoch)) {
      return TtyFile.POLLIN
          | TtyFile.POLLRDNORM
          | TtyFile.POLLOUT
          | TtyFile.POLLWRNORM
          | TtyFile.POLLERR
          | TtyFile.POLLHUP;
    }
    Termios t = discipline.termios();
    int minimum =
        t.character(Termios.VTIME) == 0 && !t.hasLocal(Termios.ICANON)
            ? t.character(Termios.VMIN)
            : 1;
    int events = discipline.readable(minimum) ? TtyFile.POLLIN | TtyFile.POLLRDNORM : 0;
    return room() > 0 ? events | TtyFile.POLLOUT | TtyFile.POLLWRNORM : events;
  }

  // Master

  /** Takes what was typed. Returns how much; the rest must wait for room. */
  public int input(byte[] data, int offset, int length) {
    List<Integer> signals = new ArrayList<>();
    int taken;
    synchronized (this) {
      ByteArrayOutputStream echo = new ByteArrayOutputStream();
      LineDiscipline.Events events =
          new LineDiscipline.Events() {
            @Override
            public void signal(int number) {
              signals.add(number);
            }

            @Override
            public void flow(boolean stopped) {}
          };
      // With editing on, overlong lines lose bytes as on Linux; without, the writer waits.
      taken =
          discipline.termios().hasLocal(Termios.ICANON)
              ? length
              : Math.min(length, discipline.room() - 1);
      discipline.receive(data, offset, Math.max(0, taken), echo, events);
      if (output.size() < 4 * OUTPUT_LIMIT) {
        output.writeBytes(echo.toByteArray());
      }
    }
    for (int s : signals) {
      signalForeground(s);
    }
    wakeBoth();
    return Math.max(0, taken);
  }

  /** Whether the master's reader would get something, the end included. */
  synchronized boolean outputReadable() {
    return output.size() > 0 || (slaveSeen && slaves == 0) || masterClosed;
  }

  /** Takes what was written; 0 when there is nothing, -1 at the end. */
  public int takeOutput(byte[] target, int offset, int length) {
    int n;
    synchronized (this) {
      if (output.size() == 0) {
        return (slaveSeen && slaves == 0) || masterClosed ? -1 : 0;
      }
      byte[] all = output.toByteArray();
      n = Math.min(length, all.length);
      System.arraycopy(all, 0, target, offset, n);
      output.reset();
      output.write(all, n, all.length - n);
    }
    slaveQueue.wakeAll();
    return n;
  }

  synchronized int masterPoll() {
    int events = 0;
    if (output.size() > 0) {
      events |= TtyFile.POLLIN | TtyFile.POLLRDNORM;
    }
    if (discipline.room() > 1 || discipline.termios().hasLocal(Termios.ICANON)) {
      events |= TtyFile.POLLOUT | TtyFile.POLLWRNORM;
    }
    return slaveSeen && slaves == 0 ? events | TtyFile.POLLHUP : events;
  }

  synchronized boolean masterGone() {
    return masterClosed;
  }

  synchronized boolean inputRoom() {
    return masterClosed || discipline.room() > 1;
  }
}
