package io.rookery.linux.net;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.tcpip.ClassicFilter;
import io.rookery.tcpip.NetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The programs that SO_ATTACH_FILTER is given (socket(7)). */
public final class FilterPrograms {
  private static final int INSTRUCTION = 8; // struct sock_filter

  private FilterPrograms() {}

  /** The program of a struct sock_fprog. */
  public static ClassicFilter read(Task task, byte[] value) throws NetException {
    boolean narrow = task.inCall32();
    if (value.length < (narrow ? 8 : 16)) {
      throw Errno.EINVAL.exception();
    }
    ByteBuffer b = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    int count = b.getShort(0) & 0xffff;
    if (count == 0 || count > ClassicFilter.MOST_INSTRUCTIONS) {
      throw Errno.EINVAL.exception();
    }
    long at = narrow ? b.getInt(4) & 0xffff_ffffL : b.getLong(8);
    byte[] bytes = new byte[count * INSTRUCTION];
    task.memory().read(at, bytes, 0, bytes.length);
    ByteBuffer code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    ClassicFilter.Instruction[] program = new ClassicFilter.Instruction[count];
    for (int i = 0; i < count; i++) {
      program[i] =
          new ClassicFilter.Instruction(
              code.getShort() & 0xffff, code.get() & 0xff, code.get() & 0xff, code.getInt());
    }
    return new ClassicFilter(program);
  }
}
