package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.UnixSocketEntry;
import io.rookery.linux.kernel.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** UNIX sockets as sock_diag(7) tells of them (linux/unix_diag.h). */
final class UnixDiagnosis {
  private static final int BODY = 24; // struct unix_diag_req
  private static final int STATES_AT = 4;
  private static final int INODE_AT = 8;
  private static final int SHOW_AT = 12;
  private static final int COOKIE_AT = 16;

  private static final int SHOW_NAME = 1;
  private static final int SHOW_PEER = 4;
  private static final int SHOW_ICONS = 8;
  private static final int SHOW_RQLEN = 0x10;
  private static final int SHOW_UID = 0x40;

  private static final int NAME = 0;
  private static final int PEER = 2;
  private static final int ICONS = 3;
  private static final int RQLEN = 4;
  private static final int SHUTDOWN = 6;
  private static final int UID = 7;

  private static final int MOST_WAITING = 900; // fits a message

  private final Task task;
  private final NetlinkRequest request;
  private final int port;

  UnixDiagnosis(Task task, NetlinkRequest request, int port) {
    this.task = task;
    this.request = request;
    this.port = port;
    request.bodyInt(BODY - 4); // EINVAL if it is shorter
  }

  List<byte[]> answers() {
    List<byte[]> answers = new ArrayList<>();
    int states = request.bodyInt(STATES_AT);
    int cookie = request.bodyInt(COOKIE_AT);
    if (!request.isDump() && request.bodyInt(INODE_AT) == 0) {
      throw Errno.EINVAL.exception();
    }
    for (UnixSocketEntry e : UnixSocketEntry.all(task.kernel().vfs())) {
      if (request.isDump()) {
        if ((states >> e.state() & 1) != 0) {
          answers.add(message(e));
        }
      } else if ((int) e.ino() == request.bodyInt(INODE_AT)) {
        if (cookie != SocketDiagnosis.NO_COOKIE && cookie != (int) e.ino()) {
          throw Errno.ESTALE.exception();
        }
        return List.of(message(e));
      }
    }
    if (!request.isDump()) {
      throw Errno.ENOENT.exception();
    }
    return answers;
  }

  private boolean shows(int what) {
    return (request.bodyInt(SHOW_AT) & what) != 0;
  }

  private byte[] message(UnixSocketEntry e) {
    NetlinkWriter m =
        new NetlinkWriter(
            SocketDiagnosis.SOCK_DIAG_BY_FAMILY,
            request.isDump() ? NetlinkWriter.MULTI : 0,
            request.sequence(),
            port);
    m.byte_(request.family()).byte_(e.type()).byte_(e.state()).byte_(0);
    m.int_((int) e.ino()).int_((int) e.ino()).int_(0);
    if (shows(SHOW_NAME) && e.name().length > 0) {
      m.attribute(NAME, e.name());
    }
    if (shows(SHOW_PEER) && e.peerIno() != 0) {
      m.attribute(PEER, (int) e.peerIno());
    }
    if (shows(SHOW_ICONS) && e.state() == UnixSocketEntry.LISTEN) {
      int[] waiting = e.waiting().stream().limit(MOST_WAITING).mapToInt(Long::intValue).toArray();
      m.attribute(ICONS, ints(waiting));
    }
    if (shows(SHOW_RQLEN)) {
      m.attribute(RQLEN, ints(e.receiveQueue(), e.sendQueue()));
    }
    m.attribute(SHUTDOWN, (byte) e.shutdown());
    if (shows(SHOW_UID)) {
      m.attribute(UID, e.uid());
    }
    return m.done();
  }

  private static byte[] ints(int... values) {
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      b.putInt(value);
    }
    return b.array();
  }
}
