package io.rookery.linux.net.inet;

import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Option;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.UdpSocket;
import org.jspecify.annotations.Nullable;

/** The options of udplite(7): how much of a datagram its checksum covers. */
final class UdpLiteOptions {
  private static final int UDPLITE_SEND_CSCOV = 10;
  private static final int UDPLITE_RECV_CSCOV = 11;

  private static final int LEAST = 8; // the header
  private static final int MOST = 0xffff;

  private UdpLiteOptions() {}

  private static @Nullable Option<Integer> option(int level, int name) {
    if (level != Protocols.UDP_LITE && level != Protocols.UDP) {
      return null;
    }
    return switch (name) {
      case UDPLITE_SEND_CSCOV -> Options.SEND_COVERAGE;
      case UDPLITE_RECV_CSCOV -> Options.RECEIVE_COVERAGE;
      default -> null;
    };
  }

  /** An option's value; null if there is none of that name. Of UDP it is zero, as in Linux. */
  static byte @Nullable [] get(UdpSocket s, int level, int name) {
    Option<Integer> option = option(level, name);
    try {
      return option == null ? null : OptionBytes.of(s.isLite() ? s.option(option) : 0);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** Sets an option; false if there is none of that name. */
  static boolean set(UdpSocket s, int level, int name, byte[] value) {
    Option<Integer> option = option(level, name);
    if (option == null || !s.isLite()) {
      return false;
    }
    int coverage = OptionBytes.intOf(value);
    try {
      s.option(option, coverage == 0 ? 0 : Math.clamp(coverage, LEAST, MOST));
      return true;
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }
}
