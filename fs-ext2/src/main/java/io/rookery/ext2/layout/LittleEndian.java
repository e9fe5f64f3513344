package io.rookery.ext2.layout;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in byte arrays: all of ext2's are. */
public final class LittleEndian {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  public static int u8(byte[] data, int offset) {
    return data[offset] & 0xFF;
  }

  public static int u16(byte[] data, int offset) {
    return (short) SHORT.get(data, offset) & 0xFFFF;
  }

  public static int i32(byte[] data, int offset) {
    return (int) INT.get(data, offset);
  }

  public static long u32(byte[] data, int offset) {
    return Integer.toUnsignedLong((int) INT.get(data, offset));
  }

  public static long i64(byte[] data, int offset) {
    return (long) LONG.get(data, offset);
  }

  public static void put16(byte[] data, int offset, int value) {
    SHORT.set(data, offset, (short) value);
  }

  public static void put32(byte[] data, int offset, long value) {
    INT.set(data, offset, (int) value);
  }
}
