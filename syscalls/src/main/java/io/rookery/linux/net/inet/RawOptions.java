package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.FilterPrograms;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.PacketFilter;
import io.rookery.tcpip.RawSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Options of raw sockets (raw(7), icmp(7), RFC 3542 section 3) and their filters (socket(7)). */
final class RawOptions {
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_DETACH_FILTER = 27;

  private static final int SOL_RAW = 255;
  private static final int ICMP_FILTER = 1; // of SOL_RAW, and of SOL_ICMPV6
  private static final int IP_HDRINCL = 3;
  private static final int IPV6_CHECKSUM = 7; // of SOL_IPV6, and of SOL_RAW
  private static final int IPV6_HDRINCL = 36;

  private static final int WORDS_V6 = 8; // struct icmp6_filter

  private RawOptions() {}

  private static boolean isHeaderIncluded(RawSocket s, int level, int name) {
    return s.v6()
        ? level == Protocols.IPV6 && name == IPV6_HDRINCL
        : level == Protocols.IP && name == IP_HDRINCL;
  }

  private static boolean isChecksum(RawSocket s, int level, int name) {
    return s.v6() && (level == Protocols.IPV6 || level == SOL_RAW) && name == IPV6_CHECKSUM;
  }

  /** Whether this is the filter of ICMP types; EOPNOTSUPP if the socket is of another protocol. */
  private static boolean isTypes(RawSocket s, int level, int name) {
    if (level != (s.v6() ? Protocols.ICMPV6 : SOL_RAW) || name != ICMP_FILTER) {
      return false;
    }
    if (s.protocol() != (s.v6() ? Protocols.ICMPV6 : Protocols.ICMP)) {
      throw Errno.EOPNOTSUPP.exception();
    }
    return true;
  }

  /** An option's value; null if there is none of that name. */
  static byte @Nullable [] get(RawSocket s, int level, int name) {
    try {
      if (isHeaderIncluded(s, level, name)) {
        return OptionBytes.of(s.option(Options.HEADER_INCLUDED));
      }
      if (isChecksum(s, level, name)) {
        return OptionBytes.of(s.option(Options.CHECKSUM_OFFSET));
      }
      if (isTypes(s, level, name)) {
        List<Integer> words = s.option(Options.ICMP_FILTER);
        ByteBuffer b = ByteBuffer.allocate(s.v6() ? WORDS_V6 * 4 : 4);
        words.forEach(b.order(ByteOrder.LITTLE_ENDIAN)::putInt);
        return b.array();
      }
      return null;
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** Sets an option; false if there is none of that name. */
  static boolean set(Task task, RawSocket s, int level, int name, byte[] value) {
    try {
      if (isHeaderIncluded(s, level, name)) {
        int on = s.v6() ? OptionBytes.intOf(value) : OptionBytes.intOrByte(value);
        s.option(Options.HEADER_INCLUDED, on != 0);
      } else if (isChecksum(s, level, name)) {
        if (s.protocol() == Protocols.ICMPV6 && level == Protocols.IPV6) {
          throw Errno.EINVAL.exception(); // RFC 3542: it is the kernel's
        }
        s.option(Options.CHECKSUM_OFFSET, Math.max(OptionBytes.intOf(value), -1));
      } else if (isTypes(s, level, name)) {
        s.option(Options.ICMP_FILTER, words(value, s.v6() ? WORDS_V6 : 1));
      } else if (level == SOL_SOCKET && name == SO_ATTACH_FILTER) {
        s.option(Options.FILTER, FilterPrograms.read(task, value));
      } else if (level == SOL_SOCKET && name == SO_DETACH_FILTER) {
        if (s.option(Options.FILTER).equals(PacketFilter.ALL)) {
          throw Errno.ENOENT.exception();
        }
        s.option(Options.FILTER, PacketFilter.ALL);
      } else {
        return false;
      }
      return true;
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** What a shorter value does not say is zero. */
  private static List<Integer> words(byte[] value, int most) {
    ByteBuffer b = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> words = new ArrayList<>(most);
    while (b.remaining() >= 4 && words.size() < most) {
      words.add(b.getInt());
    }
    return List.copyOf(words);
  }
}
