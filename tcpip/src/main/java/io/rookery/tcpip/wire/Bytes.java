package io.rookery.tcpip.wire;

import io.rookery.tcpip.address.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Fields in network byte order. */
public final class Bytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  public static int get8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  public static int get16(byte[] b, int at) {
    return (short) SHORT.get(b, at) & 0xffff;
  }

  public static int get32(byte[] b, int at) {
    return (int) INT.get(b, at);
  }

  public static long get64(byte[] b, int at) {
    return (long) LONG.get(b, at);
  }

  public static void put8(byte[] b, int at, int value) {
    b[at] = (byte) value;
  }

  public static void put16(byte[] b, int at, int value) {
    SHORT.set(b, at, (short) value);
  }

  public static void put32(byte[] b, int at, int value) {
    INT.set(b, at, value);
  }

  public static void put64(byte[] b, int at, long value) {
    LONG.set(b, at, value);
  }

  public static IpAddress getV4(byte[] b, int at) {
    return IpAddress.v4(get32(b, at));
  }

  public static IpAddress getV6(byte[] b, int at) {
    return IpAddress.v6(get64(b, at), get64(b, at + 8));
  }

  /** Writes 4 or 16 bytes. */
  public static void putAddress(byte[] b, int at, IpAddress address) {
    if (address.v6()) {
      put64(b, at, address.high());
      put64(b, at + 8, address.low());
    } else {
      put32(b, at, (int) address.low());
    }
  }
}
