package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryFault;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Copies between the kernel and the memory of a process. Every access fails with EFAULT where the
 * guest itself would fault; what was copied before the fault stays copied. Numbers are
 * little-endian. Thread-safe as guest memory is.
 */
public class UserMemory {
  private static final int PAGE = 4096;

  private final AddressSpace space;

  public UserMemory(AddressSpace space) {
    this.space = space;
  }

  /** The address space behind this view. */
  public AddressSpace space() {
    return space;
  }

  public byte getByte(long address) {
    try {
      return space.loadByte(address);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public short getShort(long address) {
    try {
      return space.loadShort(address);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public int getInt(long address) {
    try {
      return space.loadInt(address);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public long getLong(long address) {
    try {
      return space.loadLong(address);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public void putByte(long address, byte value) {
    try {
      space.storeByte(address, value);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public void putShort(long address, short value) {
    try {
      space.storeShort(address, value);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public void putInt(long address, int value) {
    try {
      space.storeInt(address, value);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public void putLong(long address, long value) {
    try {
      space.storeLong(address, value);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  /** Atomic compare and exchange; returns the old value. */
  public int compareAndExchangeInt(long address, int expected, int value) {
    try {
      return space.compareAndExchangeInt(address, expected, value);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  /** Reads {@code length} bytes. */
  public byte[] read(long address, int length) {
    byte[] result = new byte[length];
    read(address, result, 0, length);
    return result;
  }

  public void read(long address, byte[] target, int offset, int length) {
    try {
      space.read(address, target, offset, length);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  /** Fills the buffer's remaining bytes. */
  public void read(long address, ByteBuffer target) {
    try {
      space.read(address, target);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  public void write(long address, byte[] source) {
    write(address, source, 0, source.length);
  }

  public void write(long address, byte[] source, int offset, int length) {
    try {
      space.write(address, source, offset, length);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  /** Writes the buffer's remaining bytes. */
  public void write(long address, ByteBuffer source) {
    try {
      space.write(address, source);
    } catch (MemoryFault e) {
      throw fault(e);
    }
  }

  /** Writes zeros. */
  public void clear(long address, int length) {
    byte[] zeros = new byte[Math.min(length, 64 * 1024)];
    for (int done = 0; done < length; done += zeros.length) {
      write(address + done, zeros, 0, Math.min(zeros.length, length - done));
    }
  }

  /**
   * Reads a NUL-terminated string, without the NUL.
   *
   * @param max the most bytes that the string may have, its NUL included; ENAMETOOLONG beyond
   */
  public byte[] cString(long address, int max) {
    byte[] chunk = new byte[256];
    ByteArrayOutputStream out = null;
    long at = address;
    int left = max;
    while (left > 0) {
      int n = (int) Math.min(Math.min(chunk.length, left), PAGE - (at & (PAGE - 1)));
      read(at, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        if (chunk[i] == 0) {
          if (out == null) {
            return Arrays.copyOf(chunk, i);
          }
          out.write(chunk, 0, i);
          return out.toByteArray();
        }
      }
      if (out == null) {
        out = new ByteArrayOutputStream(1024);
      }
      out.write(chunk, 0, n);
      at += n;
      left -= n;
    }
    throw Errno.ENAMETOOLONG.exception();
  }

  private static ErrnoException fault(MemoryFault e) {
    return e.kind() == MemoryFault.Kind.OUT_OF_MEMORY
        ? Errno.ENOMEM.exception()
        : Errno.EFAULT.exception();
  }
}
