package io.rookery.linux.abi;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Lines about system calls in the manner of strace(1). */
public final class SyscallTrace {
  private static final int STRING_LIMIT = 256;

  private SyscallTrace() {}

  /** What is known before the call: process, name and arguments. */
  public static String head(
      Task task, SyscallTable.Row row, long a, long b, long c, long d, long e, long f) {
    StringBuilder s = start(task).append(row.name()).append('(');
    long[] values = {a, b, c, d, e, f};
    List<ArgumentKind> kinds = row.arguments();
    for (int i = 0; i < Math.min(kinds.size(), values.length); i++) {
      if (i > 0) {
        s.append(", ");
      }
      append(s, task, kinds.get(i), values[i]);
    }
    return s.append(')').toString();
  }

  /** A call without a row. */
  public static String unknown(Task task, long number) {
    return start(task)
        .append("syscall_")
        .append(number)
        .append("()")
        .append(result(-Errno.ENOSYS.number()))
        .toString();
  }

  private static StringBuilder start(Task task) {
    return new StringBuilder(96).append('[').append(task.tid()).append("] ");
  }

  /** What follows after the call. */
  public static String result(long value) {
    Errno error = value < 0 && value > -1024 ? Errno.of((int) -value) : null;
    if (error != null) {
      return " = "
          + (error.number() < 512 ? "-1 " : "? ")
          + error
          + " ("
          + error.description()
          + ")";
    }
    return " = " + (Math.abs(value) < 1 << 24 ? Long.toString(value) : hex(value));
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static void append(StringBuilder s, Task task, ArgumentKind kind, long v) {
    switch (kind) {
      case INT -> s.append((int) v);
      case DIRFD -> s.append((int) v == -100 ? "AT_FDCWD" : Integer.toString((int) v));
      case LONG -> s.append(v);
      case SIZE -> s.append(Long.toUnsignedString(v));
      case FLAGS -> s.append(hex(v));
      case MODE -> s.append('0').append(Long.toOctalString(v & 0xffffffffL));
      case POINTER -> s.append(v == 0 ? "NULL" : hex(v));
      case STRING -> appendString(s, task, v);
    }
  }

  private static void appendString(StringBuilder s, Task task, long address) {
    if (address == 0) {
      s.append("NULL");
      return;
    }
    try {
      byte[] text = task.memory().cString(address, STRING_LIMIT);
      s.append('"');
      for (char c : new String(text, StandardCharsets.UTF_8).toCharArray()) {
        switch (c) {
          case '\n' -> s.append("\\n");
          case '\t' -> s.append("\\t");
          case '"' -> s.append("\\\"");
          case '\\' -> s.append("\\\\");
          default -> {
            if (c < ' ') {
              s.append("\\").append(Integer.toOctalString(c));
            } else {
              s.append(c);
            }
          }
        }
      }
      s.append('"');
    } catch (ErrnoException e) {
      s.append(hex(address)).append(e.errno() == Errno.ENAMETOOLONG ? " (long)" : "");
    }
  }
}
