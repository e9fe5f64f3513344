package io.rookery.linux.i386;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Task;

/**
 * Messages: struct msghdr with its vector of buffers and its control messages, whose headers are 4
 * bytes shorter and aligned to 4.
 */
final class Messages {
  private static final long LOW = 0xffffffffL;

  // struct msghdr of 32-bit programs, and of 64-bit ones.
  private static final int NAME_LENGTH = 4;
  private static final int IOV = 8;
  private static final int IOV_COUNT = 12;
  private static final int CONTROL = 16;
  private static final int CONTROL_LENGTH = 20;
  private static final int FLAGS = 24;
  private static final int SIZE = 28;
  private static final int MMSG_SIZE = 32;
  private static final int WIDE_NAME_LENGTH = 8;
  private static final int WIDE_IOV = 16;
  private static final int WIDE_IOV_COUNT = 24;
  private static final int WIDE_CONTROL = 32;
  private static final int WIDE_CONTROL_LENGTH = 40;
  private static final int WIDE_FLAGS = 48;
  private static final int WIDE_SIZE = 56;
  private static final int WIDE_MMSG_SIZE = 64;

  private static final int HEADER = 12;
  private static final int WIDE_HEADER = 16;
  private static final int MOST_CONTROL = 64 << 10;
  private static final int MOST_MESSAGES = 1024;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PASSCRED = 16;
  private static final int SO_TIMESTAMP = 29;
  private static final int SO_TIMESTAMPNS = 35;
  private static final int SO_DOMAIN = 39;
  private static final int AF_UNIX = 1;
  private static final int MOST_GROWTH = 128;
  private static final int MSG_CTRUNC = 8;

  private Messages() {}

  static long send(Task t, long fd, long message, long flags, long d, long e, long f) {
    long wide = t.callMemory().allocate(WIDE_SIZE);
    widen(t, message, wide, true, 0);
    return Rows.wide("sendmsg").call(t, fd, wide, flags, 0, 0, 0);
  }

  static long sendMany(Task t, long fd, long messages, long count, long flags, long e, long f) {
    CallMemory m = t.callMemory();
    int most = (int) Math.min(count, MOST_MESSAGES);
    long wide = m.allocate(most * WIDE_MMSG_SIZE);
    int n = widenMany(t, messages, wide, most, true, 0);
    long sent = Rows.wide("sendmmsg").call(t, fd, wide, n, flags, 0, 0);
    for (int i = 0; i < sent; i++) {
      copyLength(m, messages, wide, i);
    }
    return sent;
  }

  static long receive(Task t, long fd, long message, long flags, long d, long e, long f) {
    long wide = t.callMemory().allocate(WIDE_SIZE);
    widen(t, message, wide, false, growth(t, fd));
    long n = Rows.wide("recvmsg").call(t, fd, wide, flags, 0, 0, 0);
    narrow(t, wide, message);
    return n;
  }

  static long receiveMany(
      Task t, long fd, long messages, long count, long flags, long timeout, long f) {
    CallMemory m = t.callMemory();
    int most = (int) Math.min(count, MOST_MESSAGES);
    long wide = m.allocate(most * WIDE_MMSG_SIZE);
    int n = widenMany(t, messages, wide, most, false, growth(t, fd));
    long received = Rows.wide("recvmmsg").call(t, fd, wide, n, flags, timeout, 0);
    for (int i = 0; i < received; i++) {
      narrow(t, wide + (long) i * WIDE_MMSG_SIZE, messages + (long) i * MMSG_SIZE);
      copyLength(m, messages, wide, i);
    }
    return received;
  }

  /** Converts messages up to the first that cannot be: how many there are. */
  private static int widenMany(Task t, long from, long to, int most, boolean sends, int growth) {
    int n = 0;
    try {
      for (; n < most; n++) {
        widen(t, from + (long) n * MMSG_SIZE, to + (long) n * WIDE_MMSG_SIZE, sends, growth);
      }
    } catch (ErrnoException e) {
      if (n == 0) {
        throw e;
      }
    }
    return n;
  }

  private static void copyLength(CallMemory m, long messages, long wide, int i) {
    m.putInt(
        messages + (long) i * MMSG_SIZE + SIZE,
        m.getInt(wide + (long) i * WIDE_MMSG_SIZE + WIDE_SIZE));
  }

  /**
   * By how much what a socket may receive takes more room in the other layout. What UNIX sockets
   * receive must not be cut later, since descriptors are made for it: its header, and the
   * credentials before it where they were asked for. Of others there may be several messages.
   */
  private static int growth(Task t, long fd) {
    if (option(t, fd, SO_DOMAIN) != AF_UNIX) {
      return MOST_GROWTH;
    }
    return option(t, fd, SO_PASSCRED) != 0 ? 12 : 4;
  }

  private static int option(Task t, long fd, int name) {
    CallMemory m = t.callMemory();
    long value = m.allocate(4);
    long length = m.allocate(4);
    m.putInt(length, 4);
    Rows.wide("getsockopt").call(t, fd, SOL_SOCKET, name, value, length, 0);
    return m.getInt(value);
  }

  private static void widen(Task t, long from, long to, boolean sends, int growth) {
    CallMemory m = t.callMemory();
    m.putLong(to, m.getInt(from) & LOW);
    m.putInt(to + WIDE_NAME_LENGTH, m.getInt(from + NAME_LENGTH));
    long count = m.getInt(from + IOV_COUNT) & LOW;
    long iov = m.getInt(from + IOV) & LOW;
    m.putLong(to + WIDE_IOV, Argument.iovec(new Call(t), iov, count));
    m.putLong(to + WIDE_IOV_COUNT, count);
    m.putInt(to + WIDE_FLAGS, m.getInt(from + FLAGS));
    long control = m.getInt(from + CONTROL) & LOW;
    long length = m.getInt(from + CONTROL_LENGTH) & LOW;
    if (control == 0 || length == 0) {
      return;
    }
    if (sends) {
      widenControl(m, control, length, to);
    } else {
      long room = Math.min(length, MOST_CONTROL) + (length < 2 * HEADER ? 4 : growth);
      m.putLong(to + WIDE_CONTROL, m.allocate((int) room));
      m.putLong(to + WIDE_CONTROL_LENGTH, room);
    }
  }

  private static void widenControl(CallMemory m, long control, long length, long to) {
    if (length > MOST_CONTROL) {
      throw Errno.ENOBUFS.exception();
    }
    long wide = m.allocate((int) length * 2 + WIDE_HEADER);
    long at = 0;
    long out = 0;
    while (at + HEADER <= length) {
      long size = m.getInt(control + at) & LOW;
      if (size < HEADER || size > length - at) {
        throw Errno.EINVAL.exception();
      }
      int data = (int) size - HEADER;
      m.putLong(wide + out, data + WIDE_HEADER);
      m.putLong(wide + out + 8, m.getLong(control + at + 4)); // level and type
      m.write(wide + out + WIDE_HEADER, m.read(control + at + HEADER, data));
      at += size + 3 & ~3L;
      out += data + WIDE_HEADER + 7 & ~7L;
    }
    m.putLong(to + WIDE_CONTROL, wide);
    m.putLong(to + WIDE_CONTROL_LENGTH, out);
  }

  private static void narrow(Task t, long wide, long to) {
    CallMemory m = t.callMemory();
    m.putInt(to + NAME_LENGTH, m.getInt(wide + WIDE_NAME_LENGTH));
    int flags = m.getInt(wide + WIDE_FLAGS);
    long control = m.getInt(to + CONTROL) & LOW;
    long room = m.getInt(to + CONTROL_LENGTH) & LOW;
    long from = m.getLong(wide + WIDE_CONTROL);
    long length = m.getLong(wide + WIDE_CONTROL_LENGTH);
    long at = 0;
    for (long read = 0; read + WIDE_HEADER <= length; ) {
      long size = m.getLong(from + read);
      byte[] content =
          content(
              m.getInt(from + read + 8),
              m.getInt(from + read + 12),
              m.read(from + read + WIDE_HEADER, (int) size - WIDE_HEADER));
      int whole = content.length;
      int data = (int) Math.min(whole, room - at - HEADER);
      flags |= data < whole ? MSG_CTRUNC : 0;
      if (data < 0) {
        break;
      }
      m.putInt(control + at, data + HEADER);
      m.putLong(control + at + 4, m.getLong(from + read + 8));
      m.write(control + at + HEADER, content, 0, data);
      at = Math.min(room, at + (data + HEADER + 3 & ~3L));
      read += size + 7 & ~7L;
    }
    m.putInt(to + FLAGS, flags);
    m.putInt(to + CONTROL_LENGTH, (int) at);
  }

  /** Times have two words of 4 bytes, too. */
  private static byte[] content(int level, int type, byte[] wide) {
    boolean time = level == SOL_SOCKET && (type == SO_TIMESTAMP || type == SO_TIMESTAMPNS);
    if (!time || wide.length != 16) {
      return wide;
    }
    byte[] narrow = new byte[8];
    System.arraycopy(wide, 0, narrow, 0, 4);
    System.arraycopy(wide, 8, narrow, 4, 4);
    return narrow;
  }
}
