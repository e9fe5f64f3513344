package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Stat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A socket of the UNIX domain: stream, datagram or sequenced packets (unix(7)). */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
final class UnixSocket extends Socket {
  static final int AF_UNIX = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_ERROR = 4;
  private static final int SO_PROTOCOL = 38;
  private static final int FIONREAD = 0x541B;
  private static final int BUFFER = 212_992;
  private static final int PACKET_OVERHEAD = 767;
  private static final int MAX_DATAGRAMS = 11; // net.unix.max_dgram_qlen and one more, as Linux
  private static final int SOMAXCONN = 4096;
  private static final byte[] UNNAMED = {AF_UNIX, 0};

  static final SocketFamilies.Family FAMILY =
      new SocketFamilies.Family() {
        @Override
        public Socket create(Task task, int type, int protocol, int flags) {
          return new UnixSocket(task, checkedType(type, protocol), flags).entered();
        }

        @Override
        public Socket[] createPair(Task task, int type, int protocol, int flags) {
          int t = checkedType(type, protocol);
          UnixSocket a = new UnixSocket(task, t, flags).entered();
          UnixSocket b = new UnixSocket(task, t, flags).entered();
          Sender self = Sender.of(task);
          a.pairWith(b, self);
          b.pairWith(a, self);
          return new Socket[] {a, b};
        }

        private int checkedType(int type, int protocol) {
          if (protocol != 0 && protocol != AF_UNIX) {
            throw Errno.EPROTONOSUPPORT.exception();
          }
          return switch (type) {
            case SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET -> type;
            case SOCK_RAW -> SOCK_DGRAM;
            default -> throw Errno.ESOCKTNOSUPPORT.exception();
          };
        }
      };

  private static final class Message {
    final byte[] data;
    final byte[] address;
    final Sender sender;
    List<FileDescription> files;
    int position;

    Message(byte[] data, byte[] address, Sender sender, List<FileDescription> files) {
      this.data = data;
      this.address = address;
      this.sender = sender;
      this.files = files;
    }

    int left() {
      return data.length - position;
    }
  }

  private final UnixNames names;
  private final WaitQueue queue = new WaitQueue();
  private final RememberedOptions options = new RememberedOptions();
  // Guarded by this, all below; the lock of one socket only is held at a time.
  private final Deque<Message> messages = new ArrayDeque<>();
  private final Deque<UnixSocket> connections = new ArrayDeque<>();
  private byte[] local = UNNAMED;
  private @Nullable UnixSocket peer;
  private Sender peerSender = Sender.NOBODY;
  private int queuedBytes;
  private int charged; // queued bytes with overhead
  private boolean embryo; // connected, but not accepted yet
  private int backlog = -1; // listening when not negative
  private boolean readShut;
  private boolean writeShut;
  private boolean peerGone;
  private boolean closed;
  private boolean reset;
  private boolean passCredentials;

  private UnixSocket(Task creator, int type, int flags) {
    super(creator.kernel().vfs(), creator, type, flags);
    names = UnixNames.of(creator.kernel().vfs());
  }

  /** Takes it into the list of open sockets, which it leaves when it is closed. */
  private UnixSocket entered() {
    names.open().add(this);
    return this;
  }

  private synchronized void pairWith(UnixSocket other, Sender otherSender) {
    peer = other;
    peerSender = otherSender;
  }

  @Override
  public int family() {
    return AF_UNIX;
  }

  @Override
  public WaitQueue waitQueue() {
    return queue;
  }

  /** What is to be told of it. */
  UnixSocketEntry entry() {
    UnixSocket p;
    List<UnixSocket> waiting;
    byte[] name;
    int most;
    int unread;
    int shutdown;
    synchronized (this) {
      p = peer;
      waiting = new ArrayList<>(connections);
      name = Arrays.copyOfRange(local, UnixNames.HEADER, Math.max(local.length, UnixNames.HEADER));
      most = backlog;
      unread = queuedBytes;
      shutdown = (readShut ? 1 : 0) | (writeShut ? 2 : 0);
    }
    boolean listens = most >= 0;
    Stat stat = inode().stat();
    return new UnixSocketEntry(
        stat.ino(),
        type(),
        listens
            ? UnixSocketEntry.LISTEN
            : p == null ? UnixSocketEntry.CLOSE : UnixSocketEntry.ESTABLISHED,
        name,
        p == null ? 0 : p.inode().stat().ino(),
        waiting.stream()
            .map(UnixSocket::peer)
            .filter(Objects::nonNull)
            .map(c -> c.inode().stat().ino())
            .toList(),
        listens ? waiting.size() : unread,
        listens ? most : p == null ? 0 : p.charged(),
        shutdown,
        stat.uid());
  }

  private synchronized int charged() {
    return charged;
  }

  synchronized boolean closed() {
    return closed;
  }

  private boolean connectionOriented() {
    return type() != SOCK_DGRAM;
  }

  private synchronized @Nullable UnixSocket peer() {
    return peer;
  }

  private boolean waits(int flags) {
    return !nonBlocking() && (flags & MSG_DONTWAIT) == 0;
  }

  // Names and connections

  @Override
  public void bind(Task task, byte[] address) {
    byte[] name = UnixNames.checked(address);
    byte[] old;
    synchronized (this) {
      old = local;
    }
    if (name.length == UnixNames.HEADER && old != UNNAMED) {
      return; // any name will do, and it has one
    }
    byte[] bound = names.bind(task, this, name, old != UNNAMED);
    synchronized (this) {
      local = bound;
    }
  }

  @Override
  public void listen(Task task, int wanted) {
    synchronized (this) {
      if (!connectionOriented()) {
        throw Errno.EOPNOTSUPP.exception();
      }
      if (local == UNNAMED || peer != null) {
        throw Errno.EINVAL.exception();
      }
      backlog = Math.min(wanted < 0 ? SOMAXCONN : wanted, SOMAXCONN);
      peerSender = Sender.of(task);
    }
    queue.wakeAll();
  }

  @Override
  public void connect(Task task, byte[] address) {
    if (!connectionOriented()) {
      connectDatagram(task, address);
      return;
    }
    synchronized (this) {
      if (peer != null || peerGone) {
        throw Errno.EISCONN.exception();
      }
      if (backlog >= 0) {
        throw Errno.EINVAL.exception();
      }
    }
    UnixSocket listener = names.find(task, address, type());
    if (listener.type() != type()) {
      throw Errno.EPROTOTYPE.exception();
    }
    UnixSocket accepted = new UnixSocket(task, type(), 0);
    Sender[] serverSender = new Sender[1];
    while (!listener.enqueue(this, accepted, Sender.of(task), serverSender)) {
      if (nonBlocking()) {
        throw Errno.EAGAIN.exception();
      }
      if (!listener.queue.await(task, listener::hasBacklogRoom, deadline(task, sendTimeout()))) {
        throw Errno.EAGAIN.exception();
      }
    }
    pairWith(accepted, serverSender[0]);
    listener.queue.wakeAll();
    queue.wakeAll();
  }

  private synchronized boolean hasBacklogRoom() {
    return closed || backlog < 0 || readShut || connections.size() <= backlog;
  }

  /** Enters a new connection; false when there are too many that were not accepted yet. */
  private synchronized boolean enqueue(
      UnixSocket client, UnixSocket accepted, Sender clientSender, Sender[] own) {
    if (closed || backlog < 0 || readShut) {
      throw Errno.ECONNREFUSED.exception();
    }
    if (connections.size() > backlog) {
      return false;
    }
    own[0] = peerSender;
    accepted.local = local;
    accepted.embryo = true;
    accepted.pairWith(client, clientSender);
    connections.add(accepted.entered());
    return true;
  }

  private void connectDatagram(Task task, byte[] address) {
    if (address.length >= 2 && address[0] == 0 && address[1] == 0) {
      synchronized (this) { // AF_UNSPEC dissolves the association
        peer = null;
      }
      return;
    }
    UnixSocket target = names.find(task, address, SOCK_DGRAM);
    if (target.type() != SOCK_DGRAM) {
      throw Errno.EPROTOTYPE.exception();
    }
    synchronized (this) {
      peer = target;
      peerGone = false;
    }
    queue.wakeAll();
  }

  @Override
  public Socket accept(Task task, int flags) {
    UnixSocket[] taken = new UnixSocket[1];
    BooleanSupplier next =
        () -> {
          synchronized (this) {
            if (backlog < 0 || closed) {
              throw Errno.EINVAL.exception();
            }
            taken[0] = connections.poll();
            if (taken[0] == null && readShut && !nonBlocking()) {
              throw Errno.EINVAL.exception();
            }
            return taken[0] != null;
          }
        };
    synchronized (this) {
      if (!connectionOriented()) {
        throw Errno.EOPNOTSUPP.exception();
      }
    }
    if (!next.getAsBoolean()) {
      if (nonBlocking() || !queue.await(task, next, deadline(task, receiveTimeout()))) {
        throw Errno.EAGAIN.exception();
      }
    }
    queue.wakeAll();
    UnixSocket s = taken[0];
    synchronized (s) {
      s.embryo = false;
    }
    s.setFlags(flags);
    return s;
  }

  @Override
  public synchronized byte[] localAddress() {
    return local.clone();
  }

  @Override
  public byte[] peerAddress() {
    UnixSocket p = peer();
    if (p == null) {
      throw Errno.ENOTCONN.exception();
    }
    return p.localAddress();
  }

  @Override
  public void shutdown(int how) {
    UnixSocket p;
    boolean read = how != 1;
    boolean write = how != 0;
    synchronized (this) {
      readShut |= read;
      writeShut |= write;
      p = connectionOriented() ? peer : null;
    }
    if (p != null) {
      synchronized (p) {
        p.readShut |= write;
        p.writeShut |= read;
      }
      p.queue.wakeAll();
    }
    queue.wakeAll();
  }

  // Data

  @Override
  public int send(Task task, byte[] source, int offset, int length, Ancillary ancillary) {
    if ((ancillary.flags() & MSG_OOB) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    if (ancillary.controls().stream().anyMatch(c -> c.level() == SOL_SOCKET)) {
      throw Errno.EINVAL.exception();
    }
    byte[] address = ancillary.address();
    UnixSocket target;
    if (address != null && !connectionOriented()) {
      target = names.find(task, address, SOCK_DGRAM);
      if (target.type() != SOCK_DGRAM) {
        throw Errno.EPROTOTYPE.exception();
      }
    } else {
      target = connectedPeer(address);
    }
    if (type() != SOCK_STREAM) {
      if (length > BUFFER - 32) {
        throw Errno.EMSGSIZE.exception();
      }
      deliver(task, target, source, offset, length, ancillary);
      return length;
    }
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, BUFFER / 4);
      try {
        Ancillary a = done == 0 ? ancillary : ancillary.rest();
        deliver(task, target, source, offset + done, part, a);
      } catch (ErrnoException e) {
        if (done > 0) {
          return done;
        }
        throw e;
      }
      done += part;
    }
    return done;
  }

  private UnixSocket connectedPeer(byte @Nullable [] address) {
    synchronized (this) {
      if (writeShut) {
        throw Errno.EPIPE.exception();
      }
      UnixSocket p = peer;
      if (address != null && connectionOriented()) {
        throw (p != null ? Errno.EISCONN : Errno.EOPNOTSUPP).exception();
      }
      if (p == null) {
        throw (connectionOriented() && peerGone ? Errno.EPIPE : Errno.ENOTCONN).exception();
      }
      if (peerGone) {
        throw (connectionOriented() ? Errno.EPIPE : Errno.ECONNREFUSED).exception();
      }
      return p;
    }
  }

  private void deliver(
      Task task, UnixSocket target, byte[] source, int offset, int length, Ancillary a) {
    byte[] data = Arrays.copyOfRange(source, offset, offset + length);
    List<FileDescription> files = List.copyOf(a.files());
    Message m = new Message(data, localAddress(), a.sender(), files);
    files.forEach(FileDescription::retain);
    boolean sent = false;
    try {
      if (!target.put(m, this)) {
        if (!waits(a.flags())
            || !target.queue.await(
                task, () -> target.put(m, this), deadline(task, sendTimeout()))) {
          throw Errno.EAGAIN.exception();
        }
      }
      sent = true;
    } finally {
      if (!sent) {
        files.forEach(FileDescription::release);
      }
    }
    target.queue.wakeAll();
  }

  /** Queues a message; false while there is no room. */
  private synchronized boolean put(Message m, UnixSocket from) {
    if (closed) {
      throw (connectionOriented() ? Errno.EPIPE : Errno.ECONNREFUSED).exception();
    }
    if (readShut) {
      throw Errno.EPIPE.exception();
    }
    if (!connectionOriented() && peer != null && peer != from) {
      throw Errno.EPERM.exception(); // it is connected to somebody else
    }
    if (!hasRoom(from)) {
      return false;
    }
    messages.add(m);
    queuedBytes += m.data.length;
    charged += cost(m.data.length);
    return true;
  }

  /** What a message counts against the buffer: packets have an overhead of their own. */
  private int cost(int length) {
    return type() == SOCK_STREAM ? length : length + PACKET_OVERHEAD;
  }

  /** As on Linux the last message may exceed the buffer; the queue limit binds strangers only. */
  private boolean hasRoom(UnixSocket from) {
    boolean stranger = !connectionOriented() && peer != from;
    return charged < BUFFER && (!stranger || messages.size() < MAX_DATAGRAMS);
  }

  /** Whether a sender is told that it may write: only when a good part is free. */
  private synchronized boolean writableFor(UnixSocket from) {
    return closed || readShut || (charged <= BUFFER / 4 && hasRoom(from));
  }

  private synchronized boolean somethingToRead() {
    return !messages.isEmpty() || readShut || peerGone || closed;
  }

  @Override
  public Received receive(Task task, byte[] target, int offset, int length, int flags) {
    if ((flags & MSG_OOB) != 0) {
      throw (type() == SOCK_STREAM ? Errno.EINVAL : Errno.EOPNOTSUPP).exception();
    }
    synchronized (this) {
      if (connectionOriented() && peer == null && !peerGone) {
        throw (type() == SOCK_STREAM ? Errno.EINVAL : Errno.ENOTCONN).exception();
      }
    }
    long deadline = deadline(task, receiveTimeout());
    Received r = null;
    while (r == null) {
      r = take(target, offset, length, flags);
      if (r != null) {
        break;
      }
      if (!waits(flags) || !queue.await(task, this::somethingToRead, deadline)) {
        throw Errno.EAGAIN.exception();
      }
    }
    boolean all = type() == SOCK_STREAM && (flags & MSG_WAITALL) != 0 && (flags & MSG_PEEK) == 0;
    while (all && r.length() > 0 && r.length() < length && r.files().isEmpty()) {
      try {
        if (!waits(flags) || !queue.await(task, this::somethingToRead, deadline)) {
          break;
        }
      } catch (ErrnoException e) {
        break;
      }
      Received more = take(target, offset + r.length(), length - r.length(), flags);
      if (more == null) {
        continue;
      }
      if (more.length() == 0) {
        break;
      }
      int sum = r.length() + more.length();
      r = new Received(sum, sum, r.address(), more.files(), r.sender(), List.of(), r.flags());
    }
    wakeWriters();
    return r;
  }

  private void wakeWriters() {
    queue.wakeAll();
    UnixSocket p = peer();
    if (p != null) {
      p.queue.wakeAll();
    }
  }

  /** Takes what is there; null when there is nothing yet. */
  private synchronized @Nullable Received take(byte[] target, int offset, int length, int flags) {
    if (messages.isEmpty()) {
      if (reset) {
        reset = false;
        throw Errno.ECONNRESET.exception();
      }
      return readShut || (connectionOriented() && peerGone) || closed ? Received.plain(0) : null;
    }
    return type() == SOCK_STREAM
        ? takeStream(target, offset, length, (flags & MSG_PEEK) != 0)
        : takeMessage(target, offset, length, flags);
  }

  private Received takeStream(byte[] target, int offset, int length, boolean peek) {
    List<FileDescription> files = new ArrayList<>();
    Message first = messages.getFirst();
    int done = 0;
    for (var i = messages.iterator(); i.hasNext() && done < length; ) {
      Message m = i.next();
      if (passCredentials && !m.sender.equals(first.sender)) {
        break;
      }
      int n = Math.min(length - done, m.left());
      System.arraycopy(m.data, m.position, target, offset + done, n);
      done += n;
      boolean hadFiles = !m.files.isEmpty();
      handOver(m, files, peek);
      if (!peek) {
        m.position += n;
        queuedBytes -= n;
        charged -= n;
        if (m.left() == 0) {
          i.remove();
        }
      }
      if (hadFiles) {
        break;
      }
    }
    Sender sender = passCredentials ? first.sender : null;
    return new Received(done, done, null, files, sender, List.of(), 0);
  }

  private Received takeMessage(byte[] target, int offset, int length, int flags) {
    boolean peek = (flags & MSG_PEEK) != 0;
    Message m = messages.getFirst();
    int n = Math.min(length, m.data.length);
    System.arraycopy(m.data, 0, target, offset, n);
    List<FileDescription> files = new ArrayList<>();
    handOver(m, files, peek);
    if (!peek) {
      messages.removeFirst();
      queuedBytes -= m.data.length;
      charged -= cost(m.data.length);
    }
    int result = n < m.data.length ? MSG_TRUNC : 0;
    byte[] from = type() == SOCK_DGRAM ? m.address : null;
    Sender sender = passCredentials ? m.sender : null;
    return new Received(n, m.data.length, from, files, sender, List.of(), result);
  }

  @Override
  public void putBack(byte[] data, int offset, int length) {
    if (type() != SOCK_STREAM || length == 0) {
      return;
    }
    synchronized (this) {
      byte[] again = Arrays.copyOfRange(data, offset, offset + length);
      messages.addFirst(new Message(again, UNNAMED, peerSender, List.of()));
      queuedBytes += length;
      charged += length;
    }
    queue.wakeAll();
  }

  private static void handOver(Message m, List<FileDescription> files, boolean peek) {
    files.addAll(m.files);
    if (peek) {
      m.files.forEach(FileDescription::retain);
    } else {
      m.files = List.of();
    }
  }

  // State

  @Override
  public int poll() {
    UnixSocket p;
    int events = 0;
    synchronized (this) {
      p = peer;
      if (backlog >= 0) {
        return connections.isEmpty() ? 0 : POLLIN | POLLRDNORM;
      }
      if (!messages.isEmpty() || readShut || (peerGone && connectionOriented())) {
        events |= POLLIN | POLLRDNORM;
      }
      if (readShut || (peerGone && connectionOriented())) {
        events |= POLLRDHUP;
      }
      if ((readShut && writeShut) || (peerGone && connectionOriented())) {
        events |= POLLHUP;
      }
      if (connectionOriented() && p == null && !peerGone) {
        events |= POLLHUP;
      }
      if (reset) {
        events |= POLLERR;
      }
    }
    if (p == null || p.writableFor(this)) {
      events |= POLLOUT | POLLWRNORM;
    }
    return events;
  }

  @Override
  protected void close() {
    UnixSocket p;
    List<Message> unread;
    List<UnixSocket> waiting;
    byte[] name;
    boolean abandoned;
    synchronized (this) {
      closed = true;
      abandoned = embryo;
      p = peer;
      unread = new ArrayList<>(messages);
      messages.clear();
      queuedBytes = 0;
      charged = 0;
      waiting = new ArrayList<>(connections);
      connections.clear();
      name = local;
    }
    names.open().remove(this);
    names.release(this, name);
    unread.forEach(m -> m.files.forEach(FileDescription::release));
    for (UnixSocket c : waiting) {
      c.retain();
      c.release(); // nobody will accept it: its client sees the end
    }
    if (p != null) {
      synchronized (p) {
        if (p.peer == this) {
          p.peerGone = true;
          p.reset |= connectionOriented() && (abandoned || !unread.isEmpty());
        }
      }
      p.queue.wakeAll();
    }
    queue.wakeAll();
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    if (request == FIONREAD) {
      int n;
      synchronized (this) {
        if (backlog >= 0) {
          throw Errno.EINVAL.exception();
        }
        Message first = messages.peekFirst();
        n = type() == SOCK_STREAM ? queuedBytes : first == null ? 0 : first.data.length;
      }
      task.memory().putInt(argument, n);
      return 0;
    }
    return super.ioctl(task, request, argument);
  }

  @Override
  public byte[] getOption(Task task, int level, int name) {
    if (level != SOL_SOCKET) {
      throw Errno.EOPNOTSUPP.exception();
    }
    synchronized (this) {
      return switch (name) {
        case RememberedOptions.SO_PASSCRED -> OptionBytes.of(passCredentials);
        case SO_ACCEPTCONN -> OptionBytes.of(backlog >= 0);
        case SO_ERROR -> {
          int error = reset ? Errno.ECONNRESET.number() : 0;
          reset = false;
          yield OptionBytes.of(error);
        }
        case SO_PEERCRED -> {
          Sender s = peer == null && !peerGone ? new Sender(0, -1, -1) : peerSender;
          yield ByteBuffer.allocate(12)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(s.pid())
              .putInt(s.uid())
              .putInt(s.gid())
              .array();
        }
        case SO_PROTOCOL -> OptionBytes.of(0);
        default -> options.get(name);
      };
    }
  }

  @Override
  public void setOption(Task task, int level, int name, byte[] value) {
    if (level != SOL_SOCKET) {
      throw Errno.EOPNOTSUPP.exception();
    }
    if (name != RememberedOptions.SO_PASSCRED) {
      options.set(task, name, value);
      return;
    }
    synchronized (this) {
      passCredentials = OptionBytes.intOf(value) != 0;
    }
  }
}
