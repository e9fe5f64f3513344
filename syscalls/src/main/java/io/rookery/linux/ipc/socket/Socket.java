package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.net.inet.InterfaceIoctl;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Vfs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A socket of any family. Addresses are the bytes of a struct sockaddr. Thread-safe.
 *
 * <p>Waiting ends with EAGAIN when the socket is non-blocking, the call is, or a timeout set by
 * SO_RCVTIMEO or SO_SNDTIMEO passes.
 */
public abstract class Socket extends FileDescription {
  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_SEQPACKET = 5;

  public static final int MSG_OOB = 1;
  public static final int MSG_PEEK = 2;
  public static final int MSG_CTRUNC = 8;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_EOR = 0x80;
  public static final int MSG_WAITALL = 0x100;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_WAITFORONE = 0x10000;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** Who sent a message: struct ucred. */
  public record Sender(int pid, int uid, int gid) {
    /** Nobody in particular. */
    public static final Sender NOBODY = new Sender(0, 65534, 65534);

    /** The calling process with its effective ids. */
    public static Sender of(Task t) {
      return new Sender(t.process().pid(), t.credentials().euid(), t.credentials().egid());
    }
  }

  /** A control message (cmsg(3)) that is neither files nor credentials. */
  @SuppressWarnings("ArrayRecordComponent") // bytes of a structure, never compared
  public record Control(int level, int type, byte[] data) {}

  /**
   * What is sent along with data.
   *
   * @param address where to, or null for the peer
   * @param files descriptions to pass (SCM_RIGHTS); each is retained for the message if it is sent
   * @param sender the credentials to show
   * @param controls other control messages
   * @param flags MSG_ bits
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes of an address or a structure, never compared
  public record Ancillary(
      byte @Nullable [] address,
      List<FileDescription> files,
      Sender sender,
      List<Control> controls,
      int flags) {
    /** Nothing but flags. */
    public static Ancillary plain(Task t, int flags) {
      return new Ancillary(null, List.of(), Sender.of(t), List.of(), flags);
    }

    /** What the rest of a stream's data is sent with: no files. */
    public Ancillary rest() {
      return new Ancillary(address, List.of(), sender, controls, flags);
    }
  }

  /**
   * What came along with data.
   *
   * @param length bytes stored
   * @param fullLength bytes that the message had
   * @param address who sent it, empty if unnamed; null where the family tells none
   * @param files passed descriptions, with a reference each that the receiver takes over
   * @param sender credentials, where the socket asked for them
   * @param controls other control messages
   * @param flags MSG_ bits of the result
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes of an address or a structure, never compared
  public record Received(
      int length,
      int fullLength,
      byte @Nullable [] address,
      List<FileDescription> files,
      @Nullable Sender sender,
      List<Control> controls,
      int flags) {

    /** Data and nothing else. */
    public static Received plain(int length) {
      return new Received(length, length, null, List.of(), null, List.of(), 0);
    }
  }

  private final AnonymousInode inode;
  private final int type;
  private volatile long receiveTimeout;
  private volatile long sendTimeout;

  protected Socket(Vfs vfs, Task creator, int type, int flags) {
    super(OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK));
    this.type = type;
    this.inode =
        vfs.sockets()
            .newInode(
                FileMode.S_IFSOCK | 0777,
                creator.credentials().fsuid(),
                creator.credentials().fsgid(),
                vfs.now());
  }

  /** AF_ number. */
  public abstract int family();

  /** SOCK_ number. */
  public final int type() {
    return type;
  }

  @Override
  public final Inode inode() {
    return inode;
  }

  @Override
  public final String label() {
    return "socket:[" + inode.ino() + "]";
  }

  @Override
  public abstract WaitQueue waitQueue();

  public abstract void bind(Task task, byte[] address);

  public abstract void connect(Task task, byte[] address);

  public void listen(Task task, int backlog) {
    throw Errno.EOPNOTSUPP.exception();
  }

  /** The next connection; flags are those of accept4(2). */
  public Socket accept(Task task, int flags) {
    throw Errno.EOPNOTSUPP.exception();
  }

  /** getsockname(2). */
  public abstract byte[] localAddress();

  /** getpeername(2); ENOTCONN. */
  public abstract byte[] peerAddress();

  /** Where an accepted connection came from; the peer may be gone meanwhile. */
  public byte[] acceptedFrom() {
    return peerAddress();
  }

  /** shutdown(2): 0 reading, 1 writing, 2 both. */
  public abstract void shutdown(int how);

  /** After close(2): waits for what is under way if SO_LINGER asks for it. */
  public void linger(Task task) {}

  /** Sends; EPIPE is the caller's to turn into SIGPIPE. */
  public abstract int send(Task task, byte[] source, int offset, int length, Ancillary ancillary);

  /** Receives; flags are MSG_ bits. */
  public abstract Received receive(Task task, byte[] target, int offset, int length, int flags);

  /** getsockopt(2) beyond what every socket has. */
  public abstract byte[] getOption(Task task, int level, int name);

  /**
   * getsockopt(2) of families some of whose options ask a question in what they answer.
   *
   * @param value address in guest memory of what the caller has put there
   * @param room its bytes
   */
  public byte[] getOption(Task task, int level, int name, long value, int room) {
    return getOption(task, level, name);
  }

  /** setsockopt(2) beyond what every socket has. */
  public abstract void setOption(Task task, int level, int name, byte[] value);

  /** SO_RCVTIMEO in nanoseconds; 0 is for ever. */
  public final long receiveTimeout() {
    return receiveTimeout;
  }

  public final void setReceiveTimeout(long nanos) {
    receiveTimeout = nanos;
  }

  /** SO_SNDTIMEO in nanoseconds; 0 is for ever. */
  public final long sendTimeout() {
    return sendTimeout;
  }

  public final void setSendTimeout(long nanos) {
    sendTimeout = nanos;
  }

  /** The deadline of a wait that begins now. */
  protected static long deadline(Task task, long timeout) {
    return timeout == 0 ? WaitQueue.FOREVER : task.kernel().clock().monotonicNanos() + timeout;
  }

  @Override
  public final int read(Task task, byte[] target, int offset, int length) {
    if (length == 0) {
      return 0; // as POSIX has it for files; recv(2) looks at the socket
    }
    Received r = receive(task, target, offset, length, 0);
    r.files().forEach(FileDescription::release);
    return r.length();
  }

  @Override
  public final int write(Task task, byte[] source, int offset, int length) {
    return send(task, source, offset, length, Ancillary.plain(task, 0));
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    return InterfaceIoctl.handles(request)
        ? InterfaceIoctl.call(task, request, argument)
        : super.ioctl(task, request, argument);
  }

  @Override
  public boolean positioned() {
    return false;
  }
}
