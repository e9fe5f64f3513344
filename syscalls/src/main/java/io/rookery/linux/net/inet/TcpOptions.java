package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.kernel.Task;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Option;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.TcpSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The options of tcp(7). */
final class TcpOptions {
  private static final int TCP_NODELAY = 1;
  private static final int TCP_MAXSEG = 2;
  private static final int TCP_CORK = 3;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;
  private static final int TCP_SYNCNT = 7;
  private static final int TCP_LINGER2 = 8;
  private static final int TCP_WINDOW_CLAMP = 10;
  private static final int TCP_INFO = 11;
  private static final int TCP_QUICKACK = 12;
  private static final int TCP_CONGESTION = 13;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int TCP_NOTSENT_LOWAT = 25;

  private static final int DEFAULT_MSS = 536;
  private static final int MOST_LINGER2 = 120;
  private static final int DEFAULT_LINGER2 = 60;
  private static final int NAME_LENGTH = 16; // TCP_CA_NAME_MAX

  private TcpOptions() {}

  private static @Nullable Option<Boolean> flag(int name) {
    return switch (name) {
      case TCP_NODELAY -> Options.NO_DELAY;
      case TCP_CORK -> Options.CORK;
      case TCP_QUICKACK -> Options.QUICK_ACK;
      default -> null;
    };
  }

  private static @Nullable Option<Integer> number(int name) {
    return switch (name) {
      case TCP_MAXSEG -> Options.MAX_SEGMENT;
      case TCP_KEEPIDLE -> Options.KEEP_IDLE;
      case TCP_KEEPINTVL -> Options.KEEP_INTERVAL;
      case TCP_KEEPCNT -> Options.KEEP_COUNT;
      case TCP_SYNCNT -> Options.SYN_COUNT;
      case TCP_LINGER2 -> Options.LINGER_2;
      case TCP_WINDOW_CLAMP -> Options.WINDOW_CLAMP;
      case TCP_USER_TIMEOUT -> Options.USER_TIMEOUT;
      case TCP_NOTSENT_LOWAT -> Options.NOT_SENT_LOW_WATER;
      default -> null;
    };
  }

  /** An option's value; null if there is none of that name. */
  static byte @Nullable [] get(TcpSocket tcp, int name) {
    try {
      Option<Boolean> flag = flag(name);
      if (flag != null) {
        return OptionBytes.of(tcp.option(flag));
      }
      Option<Integer> number = number(name);
      if (number != null) {
        return OptionBytes.of(shown(name, tcp.option(number)));
      }
      return switch (name) {
        case TCP_INFO -> TcpInfoStruct.of(tcp.info());
        case TCP_CONGESTION -> congestion(tcp);
        default -> null;
      };
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  private static byte[] congestion(TcpSocket tcp) throws NetException {
    byte[] name = tcp.option(Options.CONGESTION).getBytes(StandardCharsets.US_ASCII);
    return Arrays.copyOf(name, NAME_LENGTH);
  }

  private static int shown(int name, int value) {
    return switch (name) {
      case TCP_MAXSEG -> value == 0 ? DEFAULT_MSS : value;
      case TCP_NOTSENT_LOWAT -> value == Integer.MAX_VALUE ? 0 : value;
      default -> value;
    };
  }

  /** Sets an option; false if there is none of that name. */
  static boolean set(Task task, TcpSocket tcp, int name, byte[] value) {
    try {
      if (name == TCP_CONGESTION) {
        setCongestion(tcp, value);
        return true;
      }
      Option<Boolean> flag = flag(name);
      if (flag != null) {
        tcp.option(flag, OptionBytes.intOf(value) != 0);
        return true;
      }
      Option<Integer> number = number(name);
      if (number != null) {
        tcp.option(number, taken(name, OptionBytes.intOf(value)));
        return true;
      }
      task.kernel().reportRefused("setsockopt(IPPROTO_TCP, " + name + ")");
      return false;
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  private static int taken(int name, int value) {
    return switch (name) {
      case TCP_LINGER2 -> value == 0 ? DEFAULT_LINGER2 : Math.min(Math.max(value, 0), MOST_LINGER2);
      case TCP_NOTSENT_LOWAT -> value <= 0 ? Integer.MAX_VALUE : value; // unsigned
      case TCP_WINDOW_CLAMP -> value == 0 ? 0 : Math.max(value, 2048);
      default -> value;
    };
  }

  private static void setCongestion(TcpSocket tcp, byte[] value) throws NetException {
    int end = 0;
    while (end < value.length && end < NAME_LENGTH - 1 && value[end] != 0) {
      end++;
    }
    if (end == 0) {
      throw Errno.EINVAL.exception();
    }
    String name = new String(value, 0, end, StandardCharsets.US_ASCII);
    if (!Options.CONGESTION.accepts(name)) {
      throw Errno.ENOENT.exception();
    }
    tcp.option(Options.CONGESTION, name);
  }
}
