package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.Inode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Pending signals as something to read (signalfd(2)). */
public final class SignalFile extends AnonymousFile {
  private static final int RECORD = 128; // sizeof(struct signalfd_siginfo)

  private final ThreadGroup process;
  private volatile long mask;

  /** Poll looks at the signals of the process that made it; read at those of the reader. */
  public SignalFile(Inode inode, ThreadGroup process, long mask, int flags) {
    super(inode, flags);
    this.process = process;
    this.mask = mask;
  }

  /** Changes the set of signals. */
  public void setMask(long newMask) {
    mask = newMask;
    process.signals().arrival().wakeAll();
  }

  @Override
  public String label() {
    return "anon_inode:[signalfd]";
  }

  @Override
  public String details() {
    return "sigmask:\t%016x\n".formatted(mask);
  }

  @Override
  public int read(Task task, byte[] target, int offset, int length) {
    if (length < RECORD) {
      throw Errno.EINVAL.exception();
    }
    SigInfo[] taken = new SigInfo[1];
    if (!take(task, taken)) {
      if (nonBlocking()) {
        throw Errno.EAGAIN.exception();
      }
      task.process().signals().arrival().await(task, () -> take(task, taken), WaitQueue.FOREVER);
    }
    int n = 0;
    while (n + RECORD <= length) {
      SigInfo info = n == 0 ? taken[0] : task.takeSignal(mask);
      if (info == null) {
        break;
      }
      store(ByteBuffer.wrap(target, offset + n, RECORD).order(ByteOrder.LITTLE_ENDIAN), info);
      n += RECORD;
    }
    return n;
  }

  private boolean take(Task task, @Nullable SigInfo[] taken) {
    SigInfo info = task.takeSignal(mask);
    taken[0] = info;
    return info != null;
  }

  private static void store(ByteBuffer b, SigInfo i) {
    b.putInt(i.signal()).putInt(0).putInt(i.code()).putInt(i.pid()).putInt(i.uid());
    b.putInt(i.fd()).putInt(0).putInt((int) i.band()).putInt(i.overrun()).putInt(0);
    b.putInt(i.status()).putInt((int) i.value()).putLong(i.value());
    b.putLong(0).putLong(0).putLong(i.address());
    while (b.hasRemaining()) {
      b.put((byte) 0);
    }
  }

  @Override
  public int poll() {
    long pending = process.signals().pendingShared();
    for (Task t : process.tasks()) {
      pending |= t.pendingSignals();
    }
    return (pending & mask) != 0 ? POLLIN : 0;
  }

  @Override
  public WaitQueue waitQueue() {
    return process.signals().arrival();
  }
}
