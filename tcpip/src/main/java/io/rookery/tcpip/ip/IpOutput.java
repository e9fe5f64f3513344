package io.rookery.tcpip.ip;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Ipv6;
import io.rookery.tcpip.wire.Protocol;
import org.jspecify.annotations.Nullable;

/** Puts IP headers before what transports send, completes checksums, fragments. */
public final class IpOutput {
  /** No checksum, in place of where it is. */
  public static final int NO_CHECKSUM = -1;

  private final StackLoop loop;
  private final IpLayer ip;

  /** RFC 6864: unique per pair of addresses for a while; counters hashed by a random factor. */
  private final int[] identifications = new int[1024];

  private final long hashFactor;

  IpOutput(StackLoop loop, IpLayer ip) {
    this.loop = loop;
    this.ip = ip;
    hashFactor = loop.random().nextLong() | 1;
    for (int i = 0; i < identifications.length; i++) {
      identifications[i] = loop.random().nextInt();
    }
  }

  /** Bytes that the IP header takes at the start of a packet. */
  public static int headerLength(boolean v6) {
    return v6 ? Ipv6.HEADER : Ipv4.HEADER;
  }

  /** A packet with room for the IP header at its start and so many bytes behind. */
  public PacketBuffer allocate(boolean v6, int transportLength) {
    return loop.packet(headerLength(v6) + transportLength);
  }

  /**
   * Sends a packet from {@link #allocate} with everything behind the IP header in place. The buffer
   * belongs to the stack again, whatever the answer.
   *
   * @param checksum index of the checksum field, counted from the end of the IP header, that holds
   *     zero and is to be filled in; or {@link #NO_CHECKSUM}
   * @return null, or why it was not sent: no route, or too long and not to be fragmented
   */
  public @Nullable NetError send(Flow flow, PacketBuffer packet, int checksum) {
    LinkInterface out = flow.out();
    if (out == null) {
      loop.count(Counter.IP_NO_ROUTE);
      loop.discard(packet);
      return NetError.NETWORK_UNREACHABLE;
    }
    boolean v6 = flow.remote().v6();
    int header = headerLength(v6);
    int mtu = ip.paths().get(flow.remote(), out.mtu());
    boolean fits =
        packet.length() <= mtu
            || flow.protocol() == Protocol.TCP && out.segmentation() && mtu == out.mtu();
    if (!fits && flow.dontFragment()) {
      loop.discard(packet);
      return NetError.MESSAGE_TOO_LONG;
    }
    byte[] b = packet.bytes();
    if (checksum != NO_CHECKSUM && !(out.checksumOffload() && fits && isOffloaded(flow))) {
      finishChecksum(flow, b, header, packet.length() - header, checksum);
    }
    if (!fits) {
      fragment(flow, out, packet, mtu);
      return null;
    }
    if (v6) {
      Ipv6.write(
          b,
          0,
          flow.trafficClass(),
          packet.length() - header,
          flow.protocol(),
          flow.hopLimit(),
          flow.local(),
          flow.remote());
    } else {
      int flags = flow.dontFragment() ? Ipv4.DONT_FRAGMENT : 0;
      int id = flow.dontFragment() ? 0 : identification(flow);
      writeV4(b, flow, packet.length(), id, flags);
    }
    emit(out, packet);
    return null;
  }

  /** Checksums of raw sockets' messages are seen by raw sockets, which no link completes. */
  private static boolean isOffloaded(Flow flow) {
    return flow.protocol() == Protocol.TCP || flow.protocol() == Protocol.UDP;
  }

  /**
   * Sends a packet that has its IP header already and fits the link. The buffer belongs to the
   * stack again.
   */
  public void sendWhole(Flow flow, PacketBuffer packet) {
    LinkInterface out = flow.out();
    if (out == null) {
      loop.discard(packet);
    } else {
      emit(out, packet);
    }
  }

  private static void finishChecksum(Flow flow, byte[] b, int header, int length, int checksum) {
    long sum = Checksum.sum(b, header, length);
    if (flow.protocol() != Protocol.ICMP) {
      sum += Checksum.pseudoHeader(flow.local(), flow.remote(), flow.protocol(), length);
    }
    int value = Checksum.finish(sum);
    // RFC 768: zero means that there is none
    Bytes.put16(
        b, header + checksum, value == 0 && flow.protocol() == Protocol.UDP ? 0xffff : value);
  }

  private static void writeV4(byte[] b, Flow flow, int length, int id, int flags) {
    Ipv4.write(
        b,
        0,
        flow.trafficClass(),
        length,
        id,
        flags,
        flow.hopLimit(),
        flow.protocol(),
        flow.local(),
        flow.remote());
  }

  private void emit(LinkInterface out, PacketBuffer packet) {
    loop.count(Counter.IP_OUT);
    out.leaving(packet);
    loop.emit(out, packet);
  }

  /** RFC 791 section 3.2, RFC 8200 section 4.5. */
  private void fragment(Flow flow, LinkInterface out, PacketBuffer whole, int mtu) {
    boolean v6 = flow.remote().v6();
    int header = headerLength(v6);
    int extra = v6 ? Ipv6.FRAGMENT_HEADER : 0;
    int most = (mtu - header - extra) & ~7;
    int total = whole.length() - header;
    int id = v6 ? loop.random().nextInt() : identification(flow); // RFC 7739 section 5.3
    loop.count(Counter.FRAGMENTED);
    for (int offset = 0; offset < total; offset += most) {
      int size = Math.min(most, total - offset);
      boolean more = offset + size < total;
      PacketBuffer part = loop.packet(header + extra + size);
      byte[] b = part.bytes();
      System.arraycopy(whole.bytes(), header + offset, b, header + extra, size);
      if (v6) {
        Ipv6.write(
            b,
            0,
            flow.trafficClass(),
            extra + size,
            Protocol.FRAGMENT,
            flow.hopLimit(),
            flow.local(),
            flow.remote());
        Ipv6.writeFragmentHeader(b, header, flow.protocol(), offset, more, id);
      } else {
        writeV4(b, flow, header + size, id, offset / 8 | (more ? Ipv4.MORE_FRAGMENTS : 0));
      }
      emit(out, part);
    }
    loop.discard(whole);
  }

  /** The next identification for a packet that may be fragmented. */
  public int identification(Flow flow) {
    long key = flow.local().low() * 31 + flow.remote().low() + flow.remote().high();
    int slot = (int) (key * hashFactor >>> 54);
    return identifications[slot]++ & 0xffff;
  }

  /** Gives a copy of a packet to this stack as if it had come in by the interface it leaves by. */
  public void echo(Flow flow, PacketBuffer packet, int checksum) {
    LinkInterface out = flow.out();
    if (out == null) {
      return;
    }
    boolean v6 = flow.remote().v6();
    int header = headerLength(v6);
    PacketBuffer copy = loop.packet(packet.length());
    System.arraycopy(packet.bytes(), header, copy.bytes(), header, packet.length() - header);
    if (checksum != NO_CHECKSUM) {
      finishChecksum(flow, copy.bytes(), header, packet.length() - header, checksum);
    }
    if (v6) {
      Ipv6.write(
          copy.bytes(),
          0,
          flow.trafficClass(),
          packet.length() - header,
          flow.protocol(),
          flow.hopLimit(),
          flow.local(),
          flow.remote());
    } else {
      writeV4(copy.bytes(), flow, packet.length(), 0, 0);
    }
    loop.emit(out.echo(), copy);
  }

  /** Whether an address can be sent to without {@link io.rookery.tcpip.Options#BROADCAST}. */
  public boolean needsBroadcastRight(IpAddress destination) {
    return destination.isLimitedBroadcast() || ip.isBroadcast(destination);
  }
}
