package io.rookery.mmu;

import static io.rookery.mmu.AddressSpace.CODE;
import static io.rookery.mmu.AddressSpace.EXEC;
import static io.rookery.mmu.AddressSpace.READ;
import static io.rookery.mmu.AddressSpace.WRITE;
import static io.rookery.mmu.Host.PAGE_MASK;
import static io.rookery.mmu.Host.PAGE_SHIFT;
import static io.rookery.mmu.Host.PAGE_SIZE;
import static io.rookery.mmu.Host.U;

/**
 * Accesses that the table did not let pass: exactly tested, page by page, with faults resolved.
 * Locks are taken only for faults.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
final class SlowPath {
  private final AddressSpace space;
  private final Window window;
  private final ExternalPages external;
  private final FaultHandler faults;

  SlowPath(AddressSpace space, Pages pages, FaultHandler faults) {
    this.space = space;
    this.window = pages.window;
    this.external = pages.external;
    this.faults = faults;
  }

  // ---- where a byte is ----

  /**
   * Host address of a guest byte that may be accessed for READ, WRITE or EXEC, or 0. It stays
   * usable until the thread's next poll or fault.
   */
  long peek(long address, int need) {
    long page = address >>> PAGE_SHIFT;
    if (window.contains(page)) {
      int rights = window.rights(page);
      if ((rights & need) != 0) {
        return window.base + address;
      }
      if (need == WRITE && (rights & CODE) != 0 && (window.state(page) & Window.STORABLE) != 0) {
        return window.base + address;
      }
    }
    ExternalPage found = external.find(page);
    return found != null && (found.rights() & need) != 0
        ? found.frame().address() + (address & PAGE_MASK)
        : 0;
  }

  /** The same, after resolving faults. */
  long host(long address, int need) {
    long host = peek(address, need);
    while (host == 0) {
      faults.resolve(address, need);
      host = peek(address, need);
    }
    return host;
  }

  private static boolean withinPage(long address, int size) {
    return (address & PAGE_MASK) <= PAGE_SIZE - size;
  }

  /** First byte of the next page. */
  private static long nextPage(long address) {
    return (address | PAGE_MASK) + 1;
  }

  // ---- loads ----

  long load(long address, int size) {
    if (!withinPage(address, size)) {
      return loadSplit(address, size);
    }
    long value = get(host(address, READ), size);
    U.loadFence();
    return value;
  }

  static long get(long host, int size) {
    return switch (size) {
      case 1 -> U.getByte(host) & 0xff;
      case 2 -> U.getShort(host) & 0xffff;
      case 4 -> U.getInt(host) & 0xffff_ffffL;
      default -> U.getLong(host);
    };
  }

  private long loadSplit(long address, int size) {
    long second = nextPage(address);
    faults.requireCanonical(second, READ);
    long low;
    long high;
    do {
      low = host(address, READ);
      high = host(second, READ);
    } while (peek(address, READ) != low);
    int inFirst = (int) (second - address);
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      long host = i < inFirst ? low + i : high + (i - inFirst);
      value = (value << 8) | (U.getByte(host) & 0xff);
    }
    U.loadFence();
    return value;
  }

  // ---- stores ----

  void store(long address, long value, int size) {
    if (!withinPage(address, size)) {
      storeSplit(address, size, value, 0, 0, 0);
      return;
    }
    long host = host(address, WRITE);
    U.storeFence();
    put(host, value, size);
    stored(address, size);
  }

  private static void put(long host, long value, int size) {
    switch (size) {
      case 1 -> U.putByte(host, (byte) value);
      case 2 -> U.putShort(host, (short) value);
      case 4 -> U.putInt(host, (int) value);
      default -> U.putLong(host, value);
    }
  }

  /** Stores 16 or 32 bytes, all or none. */
  void storeWide(long address, int size, long q0, long q1, long q2, long q3) {
    if (!withinPage(address, size)) {
      storeSplit(address, size, q0, q1, q2, q3);
      return;
    }
    long host = host(address, WRITE);
    U.storeFence();
    for (int i = 0; i < size; i += 8) {
      U.putLong(host + i, quad(i >> 3, q0, q1, q2, q3));
    }
    stored(address, size);
  }

  private void storeSplit(long address, int size, long q0, long q1, long q2, long q3) {
    long second = nextPage(address);
    faults.requireCanonical(second, WRITE);
    long low;
    long high;
    do {
      low = host(address, WRITE);
      high = host(second, WRITE);
    } while (peek(address, WRITE) != low);
    int inFirst = (int) (second - address);
    U.storeFence();
    for (int i = 0; i < size; i++) {
      long host = i < inFirst ? low + i : high + (i - inFirst);
      U.putByte(host, (byte) (quad(i >> 3, q0, q1, q2, q3) >>> ((i & 7) * 8)));
    }
    stored(address, inFirst);
    stored(second, size - inFirst);
  }

  private static long quad(int index, long q0, long q1, long q2, long q3) {
    return switch (index) {
      case 0 -> q0;
      case 1 -> q1;
      case 2 -> q2;
      default -> q3;
    };
  }

  /** Reports a store, within a page, to a page with translated code. */
  void stored(long address, int length) {
    CodeListener listener = space.codeListener();
    if (listener != null && holdsCode(address >>> PAGE_SHIFT)) {
      listener.codeWritten(space, address, length);
    }
  }

  private boolean holdsCode(long page) {
    if (window.contains(page) && (window.rights(page) & CODE) != 0) {
      return true;
    }
    ExternalPage found = external.find(page);
    return found != null && found.code();
  }

  // ---- LOCKed operations ----

  long atomic(int operation, long address, long value, long expected, int size) {
    if (withinPage(address, size)) {
      long old = Atomics.update(operation, host(address, WRITE), value, expected, size);
      stored(address, size);
      return old;
    }
    long second = nextPage(address);
    faults.requireCanonical(second, WRITE);
    long low;
    long high;
    do {
      low = host(address, WRITE);
      high = host(second, WRITE);
    } while (peek(address, WRITE) != low);
    int inFirst = (int) (second - address);
    long old;
    if (high == low + inFirst) {
      old = Atomics.update(operation, low, value, expected, size);
    } else {
      old = Atomics.updateApart(operation, low, high, inFirst, value, expected, size);
    }
    stored(address, inFirst);
    stored(second, size - inFirst);
    return old;
  }

  // ---- instructions ----

  int fetch(long address, byte[] destination, int max) {
    int done = 0;
    while (done < max) {
      long at = address + done;
      long host;
      try {
        host = host(at, EXEC);
      } catch (MemoryFault fault) {
        if (done == 0) {
          throw fault;
        }
        return done;
      }
      int n = (int) Math.min(max - done, PAGE_SIZE - (at & PAGE_MASK));
      Host.toArray(host, destination, done, n);
      done += n;
    }
    return done;
  }
}
