package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Values of socket options, as they lie in guest memory. */
public final class OptionBytes {
  private static final int INT = 4;

  private OptionBytes() {}

  /** An int. */
  public static byte[] of(int value) {
    return ByteBuffer.allocate(INT).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** An int that is 0 or 1. */
  public static byte[] of(boolean value) {
    return of(value ? 1 : 0);
  }

  /** The int that a value begins with; EINVAL if it is shorter. */
  public static int intOf(byte[] value) {
    if (value.length < INT) {
      throw Errno.EINVAL.exception();
    }
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  /** An int, or the one byte that some levels take as well. */
  public static int intOrByte(byte[] value) {
    if (value.length == 0) {
      throw Errno.EINVAL.exception();
    }
    return value.length < INT ? value[0] & 0xff : intOf(value);
  }
}
