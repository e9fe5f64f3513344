package io.rookery.linux.net;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.FileDescription;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The packet sockets of a network, and what bounds them all. Thread-safe. */
public final class PacketSockets {
  /**
   * Sockets; socket(2) fails with ENFILE beyond. Each runs its filter for every packet, on the
   * thread of whoever sends that.
   */
  private static final int MOST = 64;

  /** Bytes of packets that may wait in all of them together. */
  private static final long MOST_QUEUED = 16 << 20;

  private final Set<FileDescription> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong queued = new AtomicLong();

  /** No sockets. */
  public PacketSockets() {}

  /** A socket is being made; ENFILE. */
  public synchronized void opened(FileDescription socket) {
    if (open.size() >= MOST) {
      throw Errno.ENFILE.exception();
    }
    open.add(socket);
  }

  /** A socket is being closed. */
  public void closed(FileDescription socket) {
    open.remove(socket);
  }

  /** Takes memory for a packet; false if there is none. */
  public boolean charge(int bytes) {
    if (queued.addAndGet(bytes) > MOST_QUEUED) {
      queued.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Gives memory back. */
  public void uncharge(long bytes) {
    queued.addAndGet(-bytes);
  }

  /** Those that are open. */
  public Collection<FileDescription> all() {
    return List.copyOf(open);
  }
}
