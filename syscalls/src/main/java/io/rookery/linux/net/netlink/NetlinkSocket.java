package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.ipc.socket.RememberedOptions;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.ipc.socket.SocketFamilies;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.net.NetworkNamespace;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A netlink socket to the kernel (netlink(7)). */
public final class NetlinkSocket extends Socket {
  public static final int AF_NETLINK = 16;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_PROTOCOL = 38;
  private static final int SOL_NETLINK = 270;
  private static final int LAST_OPTION = 12; // NETLINK_GET_STRICT_CHK
  private static final int NLMSG_MIN_TYPE = 16;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int ADDRESS_SIZE = 12; // struct sockaddr_nl
  private static final int BATCH = 3 << 10; // fits the page that glibc reads into
  private static final int MOST_QUEUED = 1 << 20;
  private static final int FIONREAD = 0x541B;

  /** Makes these sockets. */
  public static final SocketFamilies.Family FAMILY =
      (task, type, protocol, flags) -> {
        if (type != SOCK_RAW && type != SOCK_DGRAM) {
          throw Errno.ESOCKTNOSUPPORT.exception();
        }
        return new NetlinkSocket(task, NetlinkProtocol.of(protocol), type, flags);
      };

  private final NetworkNamespace network;
  private final NetlinkProtocol protocol;
  private final WaitQueue queue = new WaitQueue();
  private final RememberedOptions options = new RememberedOptions();
  private final Set<Integer> flags = ConcurrentHashMap.newKeySet();
  // Guarded by this, all below.
  private final Deque<byte[]> messages = new ArrayDeque<>();
  private int queued;
  private int port;
  private int groups;

  private NetlinkSocket(Task creator, NetlinkProtocol protocol, int type, int flags) {
    super(creator.kernel().vfs(), creator, type, flags);
    network = creator.kernel().network();
    this.protocol = protocol;
  }

  @Override
  public int family() {
    return AF_NETLINK;
  }

  @Override
  public WaitQueue waitQueue() {
    return queue;
  }

  // --- Addresses ---

  @Override
  public synchronized void bind(Task task, byte[] address) {
    ByteBuffer b = parsed(address);
    int wanted = b.getInt(4);
    if (port == 0) {
      take(task, wanted);
    } else if (wanted != port) {
      throw Errno.EINVAL.exception();
    }
    groups = b.getInt(8);
  }

  private static ByteBuffer parsed(byte[] address) {
    if (address.length < ADDRESS_SIZE) {
      throw Errno.EINVAL.exception();
    }
    ByteBuffer b = ByteBuffer.wrap(address).order(ByteOrder.LITTLE_ENDIAN);
    if (b.getShort(0) != AF_NETLINK) {
      throw Errno.EINVAL.exception();
    }
    return b;
  }

  /** Takes a port; unless one is asked for the process id, or a number below 0. */
  private void take(Task task, int wanted) {
    Set<Integer> taken = network.netlinkPorts(protocol.number());
    if (wanted != 0) {
      if (!taken.add(wanted)) {
        throw Errno.EADDRINUSE.exception();
      }
      port = wanted;
      return;
    }
    int candidate = task.process().pid();
    for (int next = -4096; !taken.add(candidate); next--) {
      candidate = next;
    }
    port = candidate;
  }

  @Override
  public void connect(Task task, byte[] address) {
    if (parsed(address).getInt(4) != 0) {
      throw Errno.ECONNREFUSED.exception(); // only the kernel is there to talk to
    }
    synchronized (this) {
      if (port == 0) {
        take(task, 0);
      }
    }
  }

  @Override
  public void shutdown(int how) {
    throw Errno.EOPNOTSUPP.exception();
  }

  @Override
  public synchronized byte[] localAddress() {
    return address(port, groups);
  }

  @Override
  public byte[] peerAddress() {
    return address(0, 0);
  }

  private static byte[] address(int port, int groups) {
    return ByteBuffer.allocate(ADDRESS_SIZE)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(AF_NETLINK)
        .putInt(port)
        .putInt(groups)
        .array();
  }

  // --- Messages ---

  @Override
  public int send(Task task, byte[] source, int offset, int length, Ancillary ancillary) {
    if ((ancillary.flags() & MSG_OOB) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    byte[] to = ancillary.address();
    if (to != null && parsed(to).getInt(4) != 0) {
      throw Errno.ECONNREFUSED.exception();
    }
    int own;
    synchronized (this) {
      if (port == 0) {
        take(task, 0);
      }
      own = port;
    }
    ByteBuffer b = ByteBuffer.wrap(source, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    while (b.remaining() >= NetlinkWriter.HEADER) {
      int size = b.getInt(b.position());
      if (size < NetlinkWriter.HEADER || size > b.remaining()) {
        break;
      }
      byte[] message = new byte[size];
      b.get(message);
      b.position(Math.min(b.limit(), b.position() + (-size & 3)));
      answer(task, new NetlinkRequest(message), own);
    }
    queue.wakeAll(POLLIN | POLLRDNORM);
    return length;
  }

  private void answer(Task task, NetlinkRequest request, int own) {
    if (!request.isRequest() || request.type() < NLMSG_MIN_TYPE) {
      if (request.wantsAck()) {
        error(request, own, 0);
      }
      return;
    }
    try {
      List<byte[]> answers = protocol.answers(task, request, own);
      if (request.isDump()) {
        dump(answers);
        put(
            new NetlinkWriter(NLMSG_DONE, NetlinkWriter.MULTI, request.sequence(), own)
                .int_(0)
                .done());
      } else {
        answers.forEach(this::put);
        if (request.wantsAck()) {
          error(request, own, 0);
        }
      }
    } catch (ErrnoException e) {
      error(request, own, -e.errno().number());
    }
  }

  private void error(NetlinkRequest request, int own, int error) {
    byte[] about =
        error == 0 ? Arrays.copyOf(request.message(), NetlinkWriter.HEADER) : request.message();
    int flags = error == 0 ? 0x100 : 0; // NLM_F_CAPPED: only the header
    put(
        new NetlinkWriter(NLMSG_ERROR, flags, request.sequence(), own)
            .int_(error)
            .bytes(about.length <= BATCH ? about : Arrays.copyOf(about, NetlinkWriter.HEADER))
            .done());
  }

  /** Several messages to a datagram. */
  private void dump(List<byte[]> answers) {
    ByteArrayOutputStream batch = new ByteArrayOutputStream();
    for (byte[] m : answers) {
      if (batch.size() > 0 && batch.size() + m.length > BATCH) {
        put(batch.toByteArray());
        batch.reset();
      }
      batch.writeBytes(m);
    }
    if (batch.size() > 0) {
      put(batch.toByteArray());
    }
  }

  /** The kernel sends a datagram, which is lost when too many wait. */
  public void deliver(byte[] datagram) {
    synchronized (this) {
      if (queued + datagram.length > MOST_QUEUED) {
        return;
      }
      put(datagram);
    }
    queue.wakeAll(POLLIN | POLLRDNORM);
  }

  private synchronized void put(byte[] datagram) {
    if (queued + datagram.length > MOST_QUEUED) {
      throw Errno.ENOBUFS.exception();
    }
    queued += datagram.length;
    messages.add(datagram);
  }

  @Override
  public Received receive(Task task, byte[] target, int offset, int length, int flags) {
    if ((flags & MSG_OOB) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    boolean keep = (flags & MSG_PEEK) != 0;
    byte @Nullable [][] taken = new byte @Nullable [1][];
    boolean waits = !nonBlocking() && (flags & MSG_DONTWAIT) == 0;
    if (!takeInto(taken, keep)
        && (!waits
            || !queue.await(task, () -> takeInto(taken, keep), deadline(task, receiveTimeout())))) {
      throw Errno.EAGAIN.exception();
    }
    byte[] m = taken[0];
    int n = Math.min(length, m.length);
    System.arraycopy(m, 0, target, offset, n);
    int result = n < m.length ? MSG_TRUNC : 0;
    return new Received(n, m.length, address(0, 0), List.of(), null, List.of(), result);
  }

  private synchronized boolean takeInto(byte[][] taken, boolean keep) {
    byte[] m = keep ? messages.peek() : messages.poll();
    if (m == null) {
      return false;
    }
    taken[0] = m;
    queued -= keep ? 0 : m.length;
    return true;
  }

  // --- State ---

  @Override
  public synchronized int poll() {
    int out = POLLOUT | POLLWRNORM;
    return messages.isEmpty() ? out : out | POLLIN | POLLRDNORM;
  }

  @Override
  public byte[] getOption(Task task, int level, int name) {
    if (level == SOL_NETLINK && name > 0 && name <= LAST_OPTION) {
      return OptionBytes.of(flags.contains(name));
    }
    if (level != SOL_SOCKET) {
      throw Errno.ENOPROTOOPT.exception();
    }
    return switch (name) {
      case SO_ERROR -> OptionBytes.of(0);
      case SO_PROTOCOL -> OptionBytes.of(protocol.number());
      default -> options.get(name);
    };
  }

  /**
   * Those of netlink(7) change what is told with errors and of changes, of which there are none.
   */
  @Override
  public void setOption(Task task, int level, int name, byte[] value) {
    if (level == SOL_NETLINK && name > 0 && name <= LAST_OPTION) {
      if (OptionBytes.intOf(value) != 0) {
        flags.add(name);
      } else {
        flags.remove(name);
      }
    } else if (level == SOL_SOCKET) {
      options.set(task, name, value);
    } else {
      throw Errno.ENOPROTOOPT.exception();
    }
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    if (request != FIONREAD) {
      return super.ioctl(task, request, argument);
    }
    int n;
    synchronized (this) {
      byte[] first = messages.peek();
      n = first == null ? 0 : first.length;
    }
    task.memory().putInt(argument, n);
    return 0;
  }

  @Override
  protected synchronized void close() {
    if (port != 0) {
      network.netlinkPorts(protocol.number()).remove(port);
    }
    messages.clear();
  }
}
