package io.rookery.mmu;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/** Raw host memory. */
@SuppressWarnings("removal") // the strategy of JDK 25; FFM replaces it where Unsafe refuses
final class Host {
  static final Unsafe U = unsafe();
  static final int PAGE_SIZE = 4096;
  static final int PAGE_SHIFT = 12;
  static final long PAGE_MASK = PAGE_SIZE - 1;

  private Host() {}

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  static boolean isX86() {
    String cpu = System.getProperty("os.arch", "");
    return cpu.equals("amd64") || cpu.equals("x86_64") || cpu.equals("x86");
  }

  static boolean isX86Linux64() {
    return System.getProperty("os.name", "").equals("Linux")
        && System.getProperty("os.arch", "").equals("amd64");
  }

  static long hostPageSize() {
    return U.pageSize();
  }

  static void fullFence() {
    U.fullFence();
  }

  static void copy(long from, long to, long length) {
    U.copyMemory(from, to, length);
  }

  static void toArray(long from, byte[] to, int offset, int length) {
    U.copyMemory(null, from, to, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) offset, length);
  }

  static void fromArray(byte[] from, int offset, long to, int length) {
    U.copyMemory(from, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) offset, null, to, length);
  }

  static void zero(long address, long length) {
    U.setMemory(address, length, (byte) 0);
  }
}
