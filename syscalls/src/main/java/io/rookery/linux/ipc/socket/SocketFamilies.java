package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.Vfs;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The address families of a VM. Thread-safe. */
public final class SocketFamilies {
  /** Makes sockets of a family. */
  public interface Family {
    /**
     * socket(2).
     *
     * @param type a SOCK_ number without flags
     * @param flags O_NONBLOCK or 0
     */
    Socket create(Task task, int type, int protocol, int flags);

    /** socketpair(2). */
    default Socket[] createPair(Task task, int type, int protocol, int flags) {
      throw Errno.EOPNOTSUPP.exception();
    }
  }

  private final Map<Integer, Family> families = new ConcurrentHashMap<>();

  private SocketFamilies() {
    families.put(UnixSocket.AF_UNIX, UnixSocket.FAMILY);
  }

  /** The families of a VM. */
  public static SocketFamilies of(Vfs vfs) {
    return vfs.singleton(SocketFamilies.class, SocketFamilies::new);
  }

  /** Adds a family, or replaces one. */
  public void register(int family, Family maker) {
    families.put(family, maker);
  }

  /** The family of a number; EAFNOSUPPORT. */
  public Family get(int family) {
    Family f = families.get(family);
    if (f == null) {
      throw Errno.EAFNOSUPPORT.exception();
    }
    return f;
  }
}
