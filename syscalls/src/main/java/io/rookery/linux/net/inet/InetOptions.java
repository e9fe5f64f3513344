package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.ipc.socket.RememberedOptions;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.Routes;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Option;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Options of socket(7), ip(7) and ipv6(7) that all sockets of these families have. */
final class InetOptions {
  private static final int SOL_SOCKET = 1;

  private static final int SO_ERROR = 4;
  private static final int SO_NO_CHECK = 11;
  private static final int SO_PEERCRED = 17;
  private static final int SO_BINDTODEVICE = 25;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_COOKIE = 57;
  private static final int SO_BINDTOIFINDEX = 62;

  private static final int IP_TOS = 1;
  private static final int IP_TTL = 2;
  private static final int IP_MTU_DISCOVER = 10;
  private static final int IP_RECVERR = 11;
  private static final int IP_MTU = 14;

  private static final int IPV6_UNICAST_HOPS = 16;
  private static final int IPV6_MTU_DISCOVER = 23;
  private static final int IPV6_MTU = 24;
  private static final int IPV6_RECVERR = 25;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_TCLASS = 67;

  private static final int DEFAULT_HOPS = 64;
  private static final int ECN = 3;
  private static final int NAME_SIZE = 16; // IFNAMSIZ

  private InetOptions() {}

  static boolean isV6Only(InetSocket s) {
    try {
      return s.stackSocket().option(Options.V6_ONLY);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  // --- Which of the stack's options a number stands for ---

  private static @Nullable Option<Boolean> flag(int level, int name) {
    return switch (level) {
      case SOL_SOCKET ->
          switch (name) {
            case RememberedOptions.SO_REUSEADDR -> Options.REUSE_ADDRESS;
            case RememberedOptions.SO_REUSEPORT -> Options.REUSE_PORT;
            case RememberedOptions.SO_BROADCAST -> Options.BROADCAST;
            case RememberedOptions.SO_KEEPALIVE -> Options.KEEP_ALIVE;
            case RememberedOptions.SO_OOBINLINE -> Options.URGENT_INLINE;
            case SO_NO_CHECK -> Options.NO_CHECKSUM;
            default -> null;
          };
      case Protocols.IP -> name == IP_RECVERR ? Options.RECEIVE_ERRORS : null;
      default ->
          switch (name) {
            case IPV6_RECVERR -> Options.RECEIVE_ERRORS;
            case IPV6_V6ONLY -> Options.V6_ONLY;
            default -> null;
          };
    };
  }

  private static @Nullable Option<Integer> number(int level, int name) {
    return switch (level) {
      case SOL_SOCKET ->
          switch (name) {
            case RememberedOptions.SO_RCVBUF -> Options.RECEIVE_BUFFER;
            case RememberedOptions.SO_SNDBUF -> Options.SEND_BUFFER;
            case RememberedOptions.SO_LINGER -> Options.LINGER;
            case SO_BINDTOIFINDEX -> Options.INTERFACE;
            default -> null;
          };
      case Protocols.IP ->
          switch (name) {
            case IP_TOS -> Options.TRAFFIC_CLASS;
            case IP_TTL -> Options.HOP_LIMIT;
            case IP_MTU_DISCOVER -> Options.MTU_DISCOVER;
            default -> null;
          };
      default ->
          switch (name) {
            case IPV6_TCLASS -> Options.TRAFFIC_CLASS;
            case IPV6_UNICAST_HOPS -> Options.HOP_LIMIT;
            case IPV6_MTU_DISCOVER -> Options.MTU_DISCOVER;
            default -> null;
          };
    };
  }

  private static boolean hasLevel(InetSocket s, int level) {
    return level == SOL_SOCKET || level == Protocols.IP || level == Protocols.IPV6 && s.v6();
  }

  // --- Getting ---

  static byte[] get(InetSocket s, Task task, int level, int name) {
    byte[] own = s.ownOption(level, name);
    if (own != null) {
      return own;
    }
    if (!hasLevel(s, level)) { // setting one is ENOPROTOOPT in any case
      throw (level == s.protocol() ? Errno.ENOPROTOOPT : Errno.EOPNOTSUPP).exception();
    }
    try {
      StackSocket socket = s.stackSocket();
      Option<Boolean> flag = flag(level, name);
      if (flag != null && flag.appliesTo(socket)) {
        return OptionBytes.of(socket.option(flag));
      }
      Option<Integer> number = number(level, name);
      if (number != null && number.appliesTo(socket)) {
        int value = socket.option(number);
        return number == Options.LINGER ? linger(value) : OptionBytes.of(value);
      }
      return switch (level) {
        case SOL_SOCKET -> socketOption(s, name);
        case Protocols.IP -> mtu(s, name == IP_MTU);
        default -> mtu(s, name == IPV6_MTU);
      };
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  private static byte[] linger(int seconds) {
    byte[] b = Arrays.copyOf(OptionBytes.of(seconds >= 0), 8);
    System.arraycopy(OptionBytes.of(Math.max(seconds, 0)), 0, b, 4, 4);
    return b;
  }

  private static byte[] socketOption(InetSocket s, int name) throws NetException {
    return switch (name) {
      case SO_ERROR -> {
        NetError error = s.stackSocket().takeError();
        yield OptionBytes.of(error == null ? 0 : NetErrors.of(error).number());
      }
      case SO_PROTOCOL -> OptionBytes.of(s.protocol());
      case SO_ACCEPTCONN ->
          OptionBytes.of(s.stackSocket() instanceof TcpSocket t && t.state() == TcpState.LISTEN);
      case SO_PEERCRED -> {
        byte[] nobody = new byte[12]; // no process, and no user or group
        Arrays.fill(nobody, 4, 12, (byte) -1);
        yield nobody;
      }
      case SO_BINDTODEVICE -> {
        IpInterface bound = s.network().byIndex(s.stackSocket().option(Options.INTERFACE));
        yield bound == null
            ? new byte[0]
            : Arrays.copyOf(
                bound.name().getBytes(StandardCharsets.US_ASCII), bound.name().length() + 1);
      }
      case SO_COOKIE -> Arrays.copyOf(OptionBytes.of((int) s.inode().stat().ino()), 8);
      default -> s.remembered().get(name);
    };
  }

  private static byte[] mtu(InetSocket s, boolean asked) {
    if (!asked) {
      throw Errno.ENOPROTOOPT.exception();
    }
    Endpoint remote = s.stackSocket().remoteEndpoint();
    if (remote == null) {
      throw Errno.ENOTCONN.exception();
    }
    return OptionBytes.of(Routes.mtuTowards(s.network(), remote.address().unmapped()));
  }

  // --- Setting ---

  static void set(InetSocket s, Task task, int level, int name, byte[] value) {
    if (s.setOwnOption(task, level, name, value)) {
      return;
    }
    if (!hasLevel(s, level)) {
      throw Errno.ENOPROTOOPT.exception();
    }
    try {
      StackSocket socket = s.stackSocket();
      Option<Boolean> flag = flag(level, name);
      if (flag != null && flag.appliesTo(socket)) {
        boolean on =
            (level == Protocols.IP ? OptionBytes.intOrByte(value) : OptionBytes.intOf(value)) != 0;
        if (flag == Options.V6_ONLY && socket.localEndpoint().port() != 0) {
          throw Errno.EINVAL.exception();
        }
        socket.option(flag, on);
        return;
      }
      Option<Integer> number = number(level, sameBuffer(level, name));
      if (number != null && number.appliesTo(socket)) {
        socket.option(number, taken(s, task, number, level, name, value));
      } else if (level != SOL_SOCKET) {
        task.kernel().reportRefused("setsockopt(" + level + ", " + name + ")");
        throw Errno.ENOPROTOOPT.exception();
      } else if (name == SO_BINDTODEVICE) {
        socket.option(Options.INTERFACE, device(s, task, value));
      } else {
        s.remembered().set(task, name, value);
      }
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** SO_RCVBUFFORCE sets what SO_RCVBUF shows. */
  private static int sameBuffer(int level, int name) {
    if (level != SOL_SOCKET) {
      return name;
    }
    return switch (name) {
      case RememberedOptions.SO_RCVBUFFORCE -> RememberedOptions.SO_RCVBUF;
      case RememberedOptions.SO_SNDBUFFORCE -> RememberedOptions.SO_SNDBUF;
      default -> name;
    };
  }

  private static int taken(
      InetSocket s, Task task, Option<Integer> option, int level, int name, byte[] value)
      throws NetException {
    if (option == Options.LINGER) {
      return RememberedOptions.linger(value);
    }
    int v = level == Protocols.IP ? OptionBytes.intOrByte(value) : OptionBytes.intOf(value);
    if (option == Options.RECEIVE_BUFFER || option == Options.SEND_BUFFER) {
      return RememberedOptions.bufferSize(task, name, v);
    }
    if (option == Options.HOP_LIMIT) {
      if (v == 0 && level == Protocols.IP) {
        throw Errno.EINVAL.exception();
      }
      return v == -1 ? DEFAULT_HOPS : v;
    }
    if (option == Options.TRAFFIC_CLASS) {
      if (level == Protocols.IPV6) {
        return v == -1 ? 0 : v;
      }
      int ecn = s.stackSocket() instanceof TcpSocket ? ECN : 0; // TCP's own bits
      return v & 0xff & ~ecn | s.stackSocket().option(option) & ecn;
    }
    return v;
  }

  private static int device(InetSocket s, Task task, byte[] value) throws NetException {
    int end = 0;
    while (end < value.length && end < NAME_SIZE && value[end] != 0) {
      end++;
    }
    int index = 0;
    if (end > 0) {
      IpInterface i = s.network().byName(new String(value, 0, end, StandardCharsets.US_ASCII));
      if (i == null) {
        throw Errno.ENODEV.exception();
      }
      index = i.index();
    }
    if (s.stackSocket().option(Options.INTERFACE) != 0
        && !task.credentials().capable(Capability.NET_RAW)) {
      throw Errno.EPERM.exception();
    }
    return index;
  }
}
