package io.rookery.tcpip.ip;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.IpPacket.Verdict;
import io.rookery.tcpip.wire.Protocol;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes packets from interfaces and gives those that are for this stack to transports. */
public final class IpInput {

  /** Sends errors back to whoever sent a packet; see the icmp package. */
  public interface ErrorSender {
    /**
     * Answers a packet with an error, unless RFC 1122 section 3.2.2 or a limit forbids it.
     *
     * @param info the four bytes behind the checksum
     */
    void send(IpPacket about, Arrival arrival, int type, int code, int info);
  }

  private final StackLoop loop;
  private final IpLayer ip;
  private final Map<Integer, Transport> transports = new HashMap<>();
  private final Reassembler reassembler;
  private final byte[] scratch = new byte[65_536];
  private final IpPacket packet = new IpPacket();
  private ErrorSender errors = (_, _, _, _, _) -> {};
  private PacketTap tap = (_, _) -> false;
  private boolean forwarding;

  IpInput(StackLoop loop, IpLayer ip) {
    this.loop = loop;
    this.ip = ip;
    reassembler = new Reassembler(loop, this::reassemblyTimedOut);
  }

  /** Names the handler of a protocol. */
  public void register(int protocol, Transport transport) {
    transports.put(protocol, transport);
  }

  /** Names who gets copies of packets. */
  public void tap(PacketTap hears) {
    tap = hears;
  }

  /** Names who sends ICMP errors. */
  public void errors(ErrorSender sender) {
    errors = sender;
  }

  /** Takes packets for other hosts, too, from now on. */
  public void forward() {
    forwarding = true;
  }

  /** Bytes that incomplete packets take. */
  public int reassemblyMemory() {
    return reassembler.memory();
  }

  void receive(LinkInterface in, ByteBuffer buffer, boolean checksumTrusted) {
    int length = buffer.remaining();
    byte[] bytes = scratch;
    int at = 0;
    if (buffer.hasArray()) {
      bytes = buffer.array();
      at = buffer.arrayOffset() + buffer.position();
    } else if (length <= scratch.length) {
      buffer.get(buffer.position(), scratch, 0, length);
    } else {
      loop.count(Counter.IP_MALFORMED);
      return;
    }
    loop.count(Counter.IP_IN);
    receive(in, bytes, at, length, checksumTrusted);
  }

  private void receive(
      LinkInterface in, byte[] bytes, int at, int length, boolean checksumTrusted) {
    Verdict verdict = packet.parse(bytes, at, length, !checksumTrusted);
    if (verdict == Verdict.MALFORMED || verdict == Verdict.BAD_CHECKSUM) {
      loop.count(verdict == Verdict.MALFORMED ? Counter.IP_MALFORMED : Counter.IP_BAD_CHECKSUM);
      return;
    }
    IpAddress to = packet.destination();
    boolean toGroup = to.isMulticast() || !to.v6() && in.isBroadcast(to);
    if (!isGoodSource(in) || !isForUs(in, to, toGroup)) {
      loop.count(Counter.IP_BAD_ADDRESS);
      return;
    }
    Arrival arrival = new Arrival(in, toGroup, checksumTrusted);
    if (forwarding && !toGroup && packet.hopLimit() <= 1 && !ip.isLocal(to)) {
      int type = to.v6() ? Icmp.V6_TIME_EXCEEDED : Icmp.V4_TIME_EXCEEDED;
      errors.send(packet, arrival, type, 0, 0);
      return;
    }
    if (verdict != Verdict.OK) {
      loop.count(Counter.IP_BAD_OPTION);
      if (verdict == Verdict.PARAMETER_PROBLEM && !(toGroup && packet.problemSilentIfMulticast())) {
        errors.send(
            packet,
            arrival,
            Icmp.V6_PARAMETER_PROBLEM,
            packet.problemCode(),
            packet.problemPointer());
      }
      return;
    }
    if (packet.fragment()) {
      loop.count(Counter.FRAGMENTS_IN);
      byte @Nullable [] whole = reassembler.add(packet);
      // A whole packet is no fragment, so this does not come here again.
      if (whole != null) {
        receiveWhole(in, whole, toGroup);
      }
      return;
    }
    dispatch(arrival);
  }

  private void receiveWhole(LinkInterface in, byte[] whole, boolean toGroup) {
    Verdict verdict = packet.parse(whole, 0, whole.length, false);
    if (verdict == Verdict.OK && !packet.fragment()) {
      dispatch(new Arrival(in, toGroup, false));
    } else {
      loop.count(Counter.IP_MALFORMED);
    }
  }

  private void dispatch(Arrival arrival) {
    boolean wanted = tap.offer(packet, arrival);
    Transport transport = transports.get(packet.protocol());
    if (transport == null || packet.protocol() == (packet.v6() ? Protocol.ICMP : Protocol.ICMPV6)) {
      if (!wanted) {
        unknownProtocol(arrival);
      }
      return;
    }
    transport.receive(packet, arrival);
  }

  private void unknownProtocol(Arrival arrival) {
    loop.count(Counter.IP_UNKNOWN_PROTOCOL);
    if (!packet.v6()) {
      errors.send(packet, arrival, Icmp.V4_UNREACHABLE, Icmp.V4_PROTOCOL_UNREACHABLE, 0);
    } else if (packet.protocol() != Protocol.NO_NEXT_HEADER) {
      errors.send(
          packet,
          arrival,
          Icmp.V6_PARAMETER_PROBLEM,
          Icmp.V6_UNKNOWN_NEXT_HEADER,
          packet.protocolPointer());
    }
  }

  private boolean isGoodSource(LinkInterface in) {
    IpAddress from = packet.source();
    if (from.isMulticast() || from.isLimitedBroadcast()) {
      return false;
    }
    if (in.isLoopback()) {
      return true;
    }
    if (from.isAny()) {
      return packet.protocol() == Protocol.UDP || packet.v6();
    }
    // An own address from outside is forged, except on own packets to a group that come back.
    return !from.isLoopback() && (!ip.isLocal(from) || packet.destination().isMulticast());
  }

  private boolean isForUs(LinkInterface in, IpAddress to, boolean toGroup) {
    if (to.isMulticast()) {
      return in.isMember(to);
    }
    if (toGroup) {
      return true;
    }
    return ip.isLocal(to) ? in.isLoopback() || !to.isLoopback() : forwarding && isElsewhere(to);
  }

  private static boolean isElsewhere(IpAddress to) {
    return !to.isAny() && !to.isLoopback() && !to.isLimitedBroadcast();
  }

  private void reassemblyTimedOut(byte[] first) {
    if (packet.parseQuoted(first, 0, first.length) == Verdict.OK) {
      IpAddress to = packet.destination();
      errors.send(
          packet,
          new Arrival(ip.loopback(), to.isMulticast() || ip.isBroadcast(to), true),
          packet.v6() ? Icmp.V6_TIME_EXCEEDED : Icmp.V4_TIME_EXCEEDED,
          Icmp.REASSEMBLY_TIME,
          0);
    }
  }
}
