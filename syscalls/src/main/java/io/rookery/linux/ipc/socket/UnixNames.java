package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Subject;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The names of UNIX sockets: abstract ones, and inodes of the file system (unix(7)). */
final class UnixNames {
  static final int HEADER = 2; // sizeof(sa_family_t)
  static final int MAX_ADDRESS = 110; // sizeof(struct sockaddr_un)
  private static final int AUTOBIND_LIMIT = 1 << 20;

  /** What hangs on the inode of a bound socket. */
  private static final class Binding {
    volatile UnixSocket socket;

    Binding(UnixSocket socket) {
      this.socket = socket;
    }
  }

  /** A name that is in no file system: sockets of different types may have the same one. */
  private record AbstractName(int type, ByteBuffer address) {
    static AbstractName of(int type, byte[] address) {
      return new AbstractName(type, ByteBuffer.wrap(address));
    }
  }

  private final Map<AbstractName, UnixSocket> abstractNames = new ConcurrentHashMap<>();

  private final Set<UnixSocket> open = ConcurrentHashMap.newKeySet();

  private UnixNames() {}

  /** All sockets that are not closed. */
  Set<UnixSocket> open() {
    return open;
  }

  static UnixNames of(Vfs vfs) {
    return vfs.singleton(UnixNames.class, UnixNames::new);
  }

  /** Checks the form of an address and cuts a path at its NUL. */
  static byte[] checked(byte[] address) {
    if (address.length < HEADER || address.length > MAX_ADDRESS) {
      throw Errno.EINVAL.exception();
    }
    int family = (address[0] & 0xff) | (address[1] & 0xff) << 8;
    if (family != UnixSocket.AF_UNIX) {
      throw Errno.EINVAL.exception();
    }
    if (address.length == HEADER || address[HEADER] == 0) {
      return address;
    }
    int end = HEADER;
    while (end < address.length && address[end] != 0) {
      end++;
    }
    return Arrays.copyOf(address, end + 1); // with its NUL, as the kernel shows it
  }

  private static byte[] path(byte[] address) {
    return Arrays.copyOfRange(address, HEADER, address.length - 1);
  }

  /**
   * Gives a socket a name; returns the address to show.
   *
   * @param a a checked address
   * @param named it has one: EINVAL, but only after a path has shown itself to be possible
   */
  byte[] bind(Task task, UnixSocket socket, byte[] a, boolean named) {
    if (a.length == HEADER) {
      return autobind(socket);
    }
    if (a[HEADER] == 0) {
      if (named) {
        throw Errno.EINVAL.exception();
      }
      if (abstractNames.putIfAbsent(AbstractName.of(socket.type(), a), socket) != null) {
        throw Errno.EADDRINUSE.exception();
      }
      return a;
    }
    Vfs vfs = task.kernel().vfs();
    try {
      vfs.names().mknod(task, OpenFlags.AT_FDCWD, path(a), FileMode.S_IFSOCK | 0777, 0);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.EEXIST ? Errno.EADDRINUSE.exception() : e;
    }
    if (named) {
      vfs.names().unlink(task, OpenFlags.AT_FDCWD, path(a));
      throw Errno.EINVAL.exception();
    }
    VfsPath place = vfs.resolve(task, OpenFlags.AT_FDCWD, path(a), false);
    place.inode().attachment(Binding.class, () -> new Binding(socket)).socket = socket;
    return a;
  }

  private byte[] autobind(UnixSocket socket) {
    for (int i = 0; i < AUTOBIND_LIMIT; i++) {
      byte[] a = new byte[HEADER + 6];
      a[0] = UnixSocket.AF_UNIX;
      byte[] digits = "%05x".formatted(i).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(digits, 0, a, HEADER + 1, digits.length);
      if (abstractNames.putIfAbsent(AbstractName.of(socket.type(), a), socket) == null) {
        return a;
      }
    }
    throw Errno.ENOSPC.exception();
  }

  /** The socket behind a name, if abstract of that type; ECONNREFUSED where there is none. */
  UnixSocket find(Task task, byte[] address, int type) {
    byte[] a = checked(address);
    if (a.length == HEADER) {
      throw Errno.ECONNREFUSED.exception();
    }
    UnixSocket found;
    if (a[HEADER] == 0) {
      found = abstractNames.get(AbstractName.of(type, a));
    } else {
      VfsPath place = task.kernel().vfs().resolve(task, OpenFlags.AT_FDCWD, path(a), true);
      Subject.of(task.credentials()).check(place.inode(), Subject.WRITE);
      Binding b = place.inode().attachmentIfAny(Binding.class);
      found = b == null ? null : b.socket;
    }
    if (found == null || found.closed()) {
      throw Errno.ECONNREFUSED.exception();
    }
    return found;
  }

  /** The socket has closed: its abstract name is free again. */
  void release(UnixSocket socket, byte[] address) {
    if (address.length > HEADER && address[HEADER] == 0) {
      abstractNames.remove(AbstractName.of(socket.type(), address), socket);
    }
  }
}
