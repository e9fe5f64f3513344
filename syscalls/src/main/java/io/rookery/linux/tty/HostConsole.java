package io.rookery.linux.tty;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.ControllingTerminal;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.VfsPath;
import java.util.concurrent.locks.LockSupport;

/**
 * A pseudo terminal whose master side is the host: what a program on a host terminal runs on. The
 * host's terminal should be in raw mode; editing and echo happen here. Thread-safe.
 */
public final class HostConsole implements AutoCloseable {
  private final Ptys ptys;
  private final Tty tty;
  private final MountNamespace namespace;

  private HostConsole(Ptys ptys, Tty tty, MountNamespace namespace) {
    this.ptys = ptys;
    this.tty = tty;
    this.namespace = namespace;
  }

  /** Makes a terminal; devpts must be mounted in the namespace. */
  public static HostConsole open(Kernel kernel, MountNamespace namespace, int uid) {
    Ptys ptys = Ptys.of(kernel);
    Tty tty = ptys.allocate(uid, 5);
    tty.setLocked(false);
    return new HostConsole(ptys, tty, namespace);
  }

  /** The terminal as the controlling one of a new session (SpawnRequest). */
  public ControllingTerminal controllingTerminal() {
    return tty;
  }

  /** A description of the guest's side, for descriptors 0 to 2. */
  public FileDescription openSlave() {
    VfsPath place = ptys.slavePlace(namespace, tty.index());
    if (place == null) {
      throw Errno.ENOENT.exception();
    }
    return TtyFile.open(tty, place, OpenFlags.O_RDWR);
  }

  /** Passes on what was typed; waits while the guest does not read and its buffer is full. */
  public void type(byte[] data, int offset, int length) {
    int done = 0;
    while (done < length && !tty.masterGone()) {
      int n = tty.input(data, offset + done, length - done);
      done += n;
      if (n == 0) {
        await(tty::inputRoom);
      }
    }
  }

  /** Waits for output of the guest; -1 when nobody has the terminal open any more. */
  public int read(byte[] target, int offset, int length) {
    while (true) {
      int n = tty.takeOutput(target, offset, length);
      if (n != 0) {
        return n;
      }
      await(tty::outputReadable);
    }
  }

  /** Waits on a host thread, which is no guest task. */
  private void await(java.util.function.BooleanSupplier condition) {
    Thread me = Thread.currentThread();
    try (WaitQueue.Registration r = tty.masterQueue().register(() -> LockSupport.unpark(me))) {
      while (!condition.getAsBoolean()) {
        LockSupport.park(r);
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
      }
    }
  }

  /** The host's window changed its size. */
  public void resize(int rows, int columns) {
    tty.setSize(new WindowSize(rows, columns, 0, 0));
  }

  /** The host's side is gone: the guest is hung up. */
  @Override
  public void close() {
    ptys.remove(tty);
    tty.hangUp();
  }
}
