package io.rookery.linux.abi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in byte arrays that are copied to and from guest memory. */
public final class Bytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  public static short getShort(byte[] from, int offset) {
    return (short) SHORT.get(from, offset);
  }

  public static int getInt(byte[] from, int offset) {
    return (int) INT.get(from, offset);
  }

  public static long getLong(byte[] from, int offset) {
    return (long) LONG.get(from, offset);
  }

  public static void putShort(byte[] to, int offset, int value) {
    SHORT.set(to, offset, (short) value);
  }

  public static void putInt(byte[] to, int offset, int value) {
    INT.set(to, offset, value);
  }

  public static void putLong(byte[] to, int offset, long value) {
    LONG.set(to, offset, value);
  }
}
