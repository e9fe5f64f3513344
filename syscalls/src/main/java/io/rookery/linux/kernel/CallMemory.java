package io.rookery.linux.kernel;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;
import io.rookery.mmu.AddressSpace;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Memory as a system call of the 32-bit table sees it: the program's, and beyond every address that
 * a program can have a scratch area, where structures stand in the layout of 64-bit programs. So
 * the handlers of the 64-bit table serve both. Used by the calling task alone, one call at a time.
 */
public final class CallMemory extends UserMemory {
  /** Where the scratch area begins. */
  private static final long SCRATCH = 1L << 62;

  private static final int KEPT = 16 << 10;
  private static final int MOST = 32 << 20;

  private byte[] bytes = new byte[512];
  private int used;

  // Which groups of 8 bytes were written to, see wasWritten.
  private final BitSet written = new BitSet();

  CallMemory(AddressSpace space) {
    super(space);
  }

  /** The scratch area is empty again. */
  void begin() {
    if (bytes.length > KEPT) {
      bytes = new byte[KEPT];
    } else if (used > 0) {
      Arrays.fill(bytes, 0, used, (byte) 0);
    }
    used = 0;
    written.clear();
  }

  /**
   * Room for a structure, zeroed and aligned to 8 bytes.
   *
   * @throws io.rookery.linux.errno.ErrnoException ENOMEM when a call wants more than 32 MiB
   */
  public long allocate(int size) {
    int at = used;
    if (size < 0 || size > MOST - at - 8) {
      throw Errno.ENOMEM.exception();
    }
    used = at + size + 7 & ~7;
    if (used > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(used, 2 * bytes.length));
    }
    return SCRATCH + at;
  }

  /** Whether something was written to a structure, whose address {@link #allocate} gave. */
  public boolean wasWritten(long address, int size) {
    int at = (int) (address - SCRATCH);
    int next = written.nextSetBit(at >> 3);
    return next >= 0 && next << 3 < at + size;
  }

  /** Forgets that anything was written so far: what follows is the handler's. */
  public void clearWritten() {
    written.clear();
  }

  private static boolean isScratch(long address) {
    return address >= SCRATCH;
  }

  private int offset(long address, int length) {
    long at = address - SCRATCH;
    if (at > used - length) {
      throw Errno.EFAULT.exception();
    }
    return (int) at;
  }

  private int target(long address, int length) {
    int at = offset(address, length);
    if (length > 0) {
      written.set(at >> 3, (at + length - 1 >> 3) + 1);
    }
    return at;
  }

  @Override
  public byte getByte(long address) {
    return isScratch(address) ? bytes[offset(address, 1)] : super.getByte(address);
  }

  @Override
  public short getShort(long address) {
    return isScratch(address) ? Bytes.getShort(bytes, offset(address, 2)) : super.getShort(address);
  }

  @Override
  public int getInt(long address) {
    return isScratch(address) ? Bytes.getInt(bytes, offset(address, 4)) : super.getInt(address);
  }

  @Override
  public long getLong(long address) {
    return isScratch(address) ? Bytes.getLong(bytes, offset(address, 8)) : super.getLong(address);
  }

  @Override
  public void putByte(long address, byte value) {
    if (isScratch(address)) {
      bytes[target(address, 1)] = value;
    } else {
      super.putByte(address, value);
    }
  }

  @Override
  public void putShort(long address, short value) {
    if (isScratch(address)) {
      Bytes.putShort(bytes, target(address, 2), value);
    } else {
      super.putShort(address, value);
    }
  }

  @Override
  public void putInt(long address, int value) {
    if (isScratch(address)) {
      Bytes.putInt(bytes, target(address, 4), value);
    } else {
      super.putInt(address, value);
    }
  }

  @Override
  public void putLong(long address, long value) {
    if (isScratch(address)) {
      Bytes.putLong(bytes, target(address, 8), value);
    } else {
      super.putLong(address, value);
    }
  }

  @Override
  public void read(long address, byte[] to, int offset, int length) {
    if (isScratch(address)) {
      System.arraycopy(bytes, offset(address, length), to, offset, length);
    } else {
      super.read(address, to, offset, length);
    }
  }

  @Override
  public void read(long address, ByteBuffer to) {
    if (isScratch(address)) {
      to.put(bytes, offset(address, to.remaining()), to.remaining());
    } else {
      super.read(address, to);
    }
  }

  @Override
  public void write(long address, byte[] from, int offset, int length) {
    if (isScratch(address)) {
      System.arraycopy(from, offset, bytes, target(address, length), length);
    } else {
      super.write(address, from, offset, length);
    }
  }

  @Override
  public void write(long address, ByteBuffer from) {
    if (isScratch(address)) {
      int length = from.remaining();
      from.get(bytes, target(address, length), length);
    } else {
      super.write(address, from);
    }
  }
}
