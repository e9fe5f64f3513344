package io.rookery.tcpip.wire;

import io.rookery.tcpip.address.IpAddress;

/**
 * What the IP headers of one packet say, for both versions. One object is filled again and again by
 * {@link #parse}; its fields mean nothing unless that returned {@link Verdict#OK}.
 */
public final class IpPacket {

  /** What parsing found. */
  public enum Verdict {
    OK,
    /** Too short, or lengths that contradict each other. */
    MALFORMED,
    /** The IPv4 header checksum is wrong. */
    BAD_CHECKSUM,
    /** Source routing: IPv4 options, or an IPv6 routing header with segments left. */
    SOURCE_ROUTED,
    /** An IPv6 header or option that must be answered with a parameter problem. */
    PARAMETER_PROBLEM
  }

  private static final int MAX_EXTENSION_HEADERS = 8;
  private static final int MAX_OPTIONS = 64;

  private byte[] bytes = new byte[0];
  private int start;
  private int length;
  private int payload;
  private int protocol;
  private IpAddress source = IpAddress.ANY_V4;
  private IpAddress destination = IpAddress.ANY_V4;
  private boolean fragment;
  private boolean moreFragments;
  private int fragmentOffset;
  private int identification;
  private int nextHeaderPointer;
  private int problemCode;
  private int problemPointer;
  private boolean problemSilentIfMulticast;

  /**
   * Reads the packet that starts at an index.
   *
   * @param available bytes from there on; what is behind the packet's own length is ignored
   * @param verifyChecksum whether to check the IPv4 header's sum
   */
  public Verdict parse(byte[] b, int at, int available, boolean verifyChecksum) {
    if (available < 1) {
      return Verdict.MALFORMED;
    }
    return switch (Ipv4.version(b, at)) {
      case 4 -> parseV4(b, at, available, verifyChecksum);
      case 6 -> parseV6(b, at, available);
      default -> Verdict.MALFORMED;
    };
  }

  /**
   * Reads the start of a packet that an ICMP error quotes. Unlike {@link #parse} this takes a
   * packet of which only the IP headers are there.
   */
  public Verdict parseQuoted(byte[] b, int at, int available) {
    if (available >= Ipv4.HEADER && Ipv4.version(b, at) == 4) {
      int header = Ipv4.headerLength(b, at);
      if (header < Ipv4.HEADER || header > available || Ipv4.totalLength(b, at) < header) {
        return Verdict.MALFORMED;
      }
      readV4(b, at, header, Math.min(Ipv4.totalLength(b, at), available));
      return Verdict.OK;
    }
    if (available >= Ipv6.HEADER && Ipv4.version(b, at) == 6) {
      return readV6(b, at, Math.min(Ipv6.HEADER + Ipv6.payloadLength(b, at), available));
    }
    return Verdict.MALFORMED;
  }

  private Verdict parseV4(byte[] b, int at, int available, boolean verifyChecksum) {
    if (!Ipv4.check(b, at, available)) {
      return Verdict.MALFORMED;
    }
    if (verifyChecksum && !Ipv4.checksumValid(b, at)) {
      return Verdict.BAD_CHECKSUM;
    }
    int header = Ipv4.headerLength(b, at);
    readV4(b, at, header, Ipv4.totalLength(b, at));
    if (fragment && !fragmentFits()) {
      return Verdict.MALFORMED;
    }
    return header > Ipv4.HEADER && Ipv4.sourceRouted(b, at) ? Verdict.SOURCE_ROUTED : Verdict.OK;
  }

  private void readV4(byte[] b, int at, int header, int size) {
    bytes = b;
    start = at;
    length = size;
    payload = at + header;
    protocol = Ipv4.protocol(b, at);
    source = Ipv4.source(b, at);
    destination = Ipv4.destination(b, at);
    fragmentOffset = Ipv4.fragmentOffset(b, at);
    moreFragments = Ipv4.moreFragments(b, at);
    fragment = moreFragments || fragmentOffset != 0;
    identification = Ipv4.identification(b, at);
  }

  private boolean fragmentFits() {
    int size = payloadLength();
    return size > 0 && fragmentOffset + size <= 0xffff && (!moreFragments || size % 8 == 0);
  }

  private Verdict parseV6(byte[] b, int at, int available) {
    if (!Ipv6.check(b, at, available)) {
      return Verdict.MALFORMED;
    }
    return readV6(b, at, Ipv6.HEADER + Ipv6.payloadLength(b, at));
  }

  private Verdict readV6(byte[] b, int at, int size) {
    bytes = b;
    start = at;
    length = size;
    fragment = false;
    moreFragments = false;
    fragmentOffset = 0;
    source = Ipv6.source(b, at);
    destination = Ipv6.destination(b, at);
    protocol = Ipv6.nextHeader(b, at);
    payload = at + Ipv6.HEADER;
    nextHeaderPointer = at + 6;
    return walkExtensionHeaders();
  }

  /** Goes from the payload over extension headers to what they carry, or to a fragment's data. */
  private Verdict walkExtensionHeaders() {
    int end = start + length;
    for (int count = 0; ; count++) {
      boolean options = protocol == Protocol.HOP_BY_HOP || protocol == Protocol.DESTINATION_OPTIONS;
      if (!options
          && protocol != Protocol.ROUTING
          && protocol != Protocol.FRAGMENT
          && protocol != Protocol.AUTHENTICATION) {
        return Verdict.OK;
      }
      if (count == MAX_EXTENSION_HEADERS || end - payload < 8) {
        return Verdict.MALFORMED;
      }
      if (protocol == Protocol.HOP_BY_HOP && count > 0) {
        return problem(
            1, nextHeaderPointer); // RFC 8200 section 4.1: only directly after the fixed header
      }
      int next = Bytes.get8(bytes, payload);
      if (protocol == Protocol.FRAGMENT) {
        int word = Bytes.get16(bytes, payload + 2);
        identification = Bytes.get32(bytes, payload + 4);
        fragmentOffset = word & 0xfff8;
        moreFragments = (word & 1) != 0;
        nextHeaderPointer = payload;
        protocol = next;
        payload += Ipv6.FRAGMENT_HEADER;
        if (moreFragments || fragmentOffset != 0) { // else an atomic fragment, RFC 6946
          fragment = true;
          return fragmentVerdict();
        }
        continue;
      }
      int units = Bytes.get8(bytes, payload + 1);
      int size = protocol == Protocol.AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
      if (size > end - payload) {
        return Verdict.MALFORMED;
      }
      Verdict verdict = Verdict.OK;
      if (options) {
        verdict = checkOptions(payload + 2, payload + size);
      } else if (protocol == Protocol.ROUTING && Bytes.get8(bytes, payload + 3) != 0) {
        verdict = problem(0, payload + 3); // RFC 8200 section 4.4, RFC 5095
      }
      if (verdict != Verdict.OK) {
        return verdict;
      }
      nextHeaderPointer = payload;
      protocol = next;
      payload += size;
    }
  }

  private Verdict fragmentVerdict() {
    int size = payloadLength();
    if (size <= 0) {
      return Verdict.MALFORMED;
    }
    if (moreFragments && size % 8 != 0) {
      return problem(0, start + 4); // RFC 8200 section 4.5
    }
    return fragmentOffset + size > 0xffff ? problem(0, payload - 6) : Verdict.OK;
  }

  /** RFC 8200 section 4.2: the two highest bits of an unknown option tell what to do. */
  private Verdict checkOptions(int from, int end) {
    int at = from;
    for (int count = 0; at < end; count++) {
      int type = Bytes.get8(bytes, at);
      if (type == 0) {
        at++;
        continue;
      }
      if (at + 2 > end || count > MAX_OPTIONS) {
        return Verdict.MALFORMED;
      }
      int size = 2 + Bytes.get8(bytes, at + 1);
      if (at + size > end) {
        return Verdict.MALFORMED;
      }
      boolean known = type == 1 || type == 5; // PadN, router alert
      if (!known && type >> 6 != 0) {
        if (type >> 6 == 1) {
          return Verdict.MALFORMED; // discard silently
        }
        Verdict verdict = problem(2, at);
        problemSilentIfMulticast = type >> 6 == 3;
        return verdict;
      }
      at += size;
    }
    return Verdict.OK;
  }

  private Verdict problem(int code, int pointer) {
    problemCode = code;
    problemPointer = pointer - start;
    problemSilentIfMulticast = true;
    return Verdict.PARAMETER_PROBLEM;
  }

  /** The array that the packet lies in. */
  public byte[] bytes() {
    return bytes;
  }

  /** Index of the packet's first byte. */
  public int start() {
    return start;
  }

  /** Bytes of the whole packet. */
  public int length() {
    return length;
  }

  public boolean v6() {
    return source.v6();
  }

  /** Index of the first byte behind the IP headers. */
  public int payload() {
    return payload;
  }

  public int payloadLength() {
    return start + length - payload;
  }

  /** Protocol of the payload, behind extension headers. */
  public int protocol() {
    return protocol;
  }

  public IpAddress source() {
    return source;
  }

  public IpAddress destination() {
    return destination;
  }

  public int hopLimit() {
    return v6() ? Ipv6.hopLimit(bytes, start) : Ipv4.timeToLive(bytes, start);
  }

  public int trafficClass() {
    return v6() ? Ipv6.trafficClass(bytes, start) : Ipv4.typeOfService(bytes, start);
  }

  /** Whether the payload is only a part of what was sent. */
  public boolean fragment() {
    return fragment;
  }

  public boolean moreFragments() {
    return moreFragments;
  }

  /** Where the payload belongs, in bytes. */
  public int fragmentOffset() {
    return fragmentOffset;
  }

  public int identification() {
    return identification;
  }

  /** Offset in the packet of the field that names the protocol; IPv6 only. */
  public int protocolPointer() {
    return nextHeaderPointer - start;
  }

  /** Code of the parameter problem message. */
  public int problemCode() {
    return problemCode;
  }

  /** Offset in the packet that the parameter problem message points at. */
  public int problemPointer() {
    return problemPointer;
  }

  /** Whether the problem is not reported when the packet was sent to a group. */
  public boolean problemSilentIfMulticast() {
    return problemSilentIfMulticast;
  }
}
