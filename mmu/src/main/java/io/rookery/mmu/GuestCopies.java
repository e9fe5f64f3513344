package io.rookery.mmu;

import static io.rookery.mmu.AddressSpace.READ;
import static io.rookery.mmu.AddressSpace.WRITE;
import static io.rookery.mmu.Host.PAGE_MASK;
import static io.rookery.mmu.Host.PAGE_SIZE;
import static io.rookery.mmu.Host.U;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's accesses to guest memory. Its threads pass no polls; instead each look-up and copy
 * within one page is done under a shared lock, which whoever takes rights away takes alone for a
 * moment.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
final class GuestCopies {
  /** What is done with a run of host memory inside one page. */
  @FunctionalInterface
  private interface Run {
    void accept(long host, int done, int length);
  }

  private final AddressSpace space;
  private final SlowPath slow;
  private final FaultHandler faults;
  private final StampedLock copies;

  GuestCopies(AddressSpace space, SlowPath slow, FaultHandler faults, StampedLock copies) {
    this.space = space;
    this.slow = slow;
    this.faults = faults;
    this.copies = copies;
  }

  void read(long address, byte[] destination, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, destination.length);
    eachPage(
        address,
        length,
        READ,
        (host, done, n) -> Host.toArray(host, destination, offset + done, n));
  }

  void write(long address, byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    eachPage(
        address, length, WRITE, (host, done, n) -> Host.fromArray(source, offset + done, host, n));
  }

  void read(long address, ByteBuffer destination) {
    eachPage(
        address,
        destination.remaining(),
        READ,
        (host, done, n) -> HostBuffers.toBuffer(host, destination, n));
  }

  void write(long address, ByteBuffer source) {
    eachPage(
        address,
        source.remaining(),
        WRITE,
        (host, done, n) -> HostBuffers.fromBuffer(source, host, n));
  }

  private void eachPage(long address, int length, int need, Run run) {
    for (int done = 0; done < length; ) {
      long at = address + done;
      int n = (int) Math.min(length - done, PAGE_SIZE - (at & PAGE_MASK));
      if (!tryRun(at, need, run, done, n)) {
        faults.resolve(at, need);
        continue;
      }
      if (need == WRITE) {
        slow.stored(at, n);
      }
      done += n;
    }
  }

  private boolean tryRun(long address, int need, Run run, int done, int length) {
    long stamp = copies.readLock();
    try {
      long host = slow.peek(address, need);
      if (host == 0) {
        return false;
      }
      run.accept(host, done, length);
      return true;
    } finally {
      copies.unlockRead(stamp);
    }
  }

  long load(long address, int size) {
    if ((address & PAGE_MASK) > PAGE_SIZE - size) {
      byte[] bytes = new byte[8];
      read(address, bytes, 0, size);
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
    while (true) {
      long stamp = copies.readLock();
      try {
        long host = slow.peek(address, READ);
        if (host != 0) {
          return SlowPath.get(host, size);
        }
      } finally {
        copies.unlockRead(stamp);
      }
      faults.resolve(address, READ);
    }
  }

  void store(long address, long value, int size) {
    byte[] bytes = new byte[8];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    if ((address & PAGE_MASK) > PAGE_SIZE - size) {
      faults.resolve(address, WRITE); // all or nothing, as far as nobody unmaps meanwhile
      faults.resolve((address | PAGE_MASK) + 1, WRITE);
      write(address, bytes, 0, size);
      return;
    }
    eachPage(address, size, WRITE, (host, done, n) -> put(host, value, size));
  }

  private static void put(long host, long value, int size) {
    switch (size) {
      case 1 -> U.putByteVolatile(null, host, (byte) value);
      case 2 -> U.putShortVolatile(null, host, (short) value);
      case 4 -> U.putIntVolatile(null, host, (int) value);
      default -> U.putLongVolatile(null, host, value);
    }
  }

  int compareAndExchangeInt(long address, int expected, int value) {
    int[] old = new int[1];
    if ((address & 3) != 0) {
      throw new IllegalArgumentException("not a multiple of 4: 0x" + Long.toHexString(address));
    }
    eachPage(
        address,
        4,
        WRITE,
        (host, done, n) -> old[0] = (int) Atomics.compareAndExchange(host, expected, value, 4));
    return old[0];
  }

  byte @Nullable [] readCString(long address, int max) {
    ByteArrayOutputStream result = new ByteArrayOutputStream(64);
    byte[] chunk = new byte[256];
    for (int done = 0; done < max; ) {
      long at = address + done;
      int n = (int) Math.min(Math.min(max - done, chunk.length), PAGE_SIZE - (at & PAGE_MASK));
      read(at, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        if (chunk[i] == 0) {
          result.write(chunk, 0, i);
          return result.toByteArray();
        }
      }
      result.write(chunk, 0, n);
      done += n;
    }
    return null;
  }

  void forced(long address, byte[] bytes, int offset, int length, boolean write) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    for (int done = 0; done < length; ) {
      long at = address + done;
      int n = (int) Math.min(length - done, PAGE_SIZE - (at & PAGE_MASK));
      faults.resolve(at, write ? WRITE : READ, true);
      if (space.copyForced(at, bytes, offset + done, n, write)) {
        if (write) {
          slow.stored(at, n);
        }
        done += n;
      }
    }
  }
}
