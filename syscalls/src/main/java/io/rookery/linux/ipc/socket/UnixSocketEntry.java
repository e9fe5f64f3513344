package io.rookery.linux.ipc.socket;

import io.rookery.linux.vfs.Vfs;
import java.util.Comparator;
import java.util.List;

/**
 * A line of the list of UNIX sockets, as /proc/net/unix and sock_diag(7) have them.
 *
 * @param ino of the socket itself
 * @param type SOCK_STREAM and so on
 * @param state {@link #ESTABLISHED}, {@link #CLOSE} or {@link #LISTEN}
 * @param name what follows the family in its address: a path with its NUL, or an abstract name
 *     behind one; empty without a name
 * @param peerIno 0 without a peer
 * @param waiting of a listener, the sockets that wait to be accepted
 * @param receiveQueue bytes not read; of a listener, how many wait
 * @param sendQueue bytes that the peer has not read, with what they cost beside; of a listener, how
 *     many may wait
 * @param shutdown 1: does not receive any more, 2: does not send any more
 * @param uid whose it is
 */
@SuppressWarnings("ArrayRecordComponent") // a name of any bytes, never compared
public record UnixSocketEntry(
    long ino,
    int type,
    int state,
    byte[] name,
    long peerIno,
    List<Long> waiting,
    int receiveQueue,
    int sendQueue,
    int shutdown,
    int uid) {
  public static final int ESTABLISHED = 1;
  public static final int CLOSE = 7;
  public static final int LISTEN = 10;

  /** All that are open, by their number. */
  public static List<UnixSocketEntry> all(Vfs vfs) {
    return UnixNames.of(vfs).open().stream()
        .map(UnixSocket::entry)
        .sorted(Comparator.comparingLong(UnixSocketEntry::ino))
        .toList();
  }
}
