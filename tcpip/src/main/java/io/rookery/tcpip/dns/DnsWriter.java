package io.rookery.tcpip.dns;

import io.rookery.tcpip.address.IpAddress;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Puts answers into messages. */
final class DnsWriter {
  /** Every client takes so many bytes over UDP (RFC 1035 section 4.2.1). */
  static final int LEAST_DATAGRAM = 512;

  /** What fits a packet on most paths. */
  private static final int MOST_DATAGRAM = 1232;

  private static final int MOST = 0xffff;
  private static final int RESPONSE = 0x8000;
  private static final int TRUNCATED = 0x0200;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RECURSION_AVAILABLE = 0x0080;
  private static final short NAME_OF_QUESTION = (short) (0xc000 | DnsQuery.HEADER);
  private static final short IN = 1;
  private static final short OPT = 41;
  private static final int OPT_BYTES = 11;

  private DnsWriter() {}

  /** An answer for UDP, with nothing but a mark if it does not fit. */
  static byte[] datagram(DnsQuery query, DnsAnswer answer) {
    int most = Math.clamp(query.datagram(), LEAST_DATAGRAM, MOST_DATAGRAM);
    try {
      return write(query, answer, most, 0);
    } catch (BufferOverflowException e) {
      return write(query, DnsAnswer.error(0), most, TRUNCATED);
    }
  }

  /** An answer for TCP, without the length in front of it. */
  static byte[] stream(DnsQuery query, DnsAnswer answer) {
    try {
      return write(query, answer, MOST, 0);
    } catch (BufferOverflowException e) {
      return write(query, DnsAnswer.failure(), MOST, 0);
    }
  }

  private static byte[] write(DnsQuery query, DnsAnswer answer, int most, int flags) {
    ByteBuffer to = ByteBuffer.allocate(most);
    boolean extended = query.datagram() != 0;
    int desired = query.flags() & RECURSION_DESIRED;
    to.putShort((short) query.id());
    to.putShort((short) (RESPONSE | RECURSION_AVAILABLE | desired | flags | answer.code()));
    to.putShort((short) (query.section().length == 0 ? 0 : 1));
    to.putShort((short) 0); // the number of records, below
    to.putShort((short) 0);
    to.putShort((short) (extended ? 1 : 0));
    to.put(query.section());
    int records = 0;
    int reserved = extended ? OPT_BYTES : 0;
    to.limit(most - reserved);
    if (query.type() == DnsAnswer.A || query.type() == DnsAnswer.AAAA) {
      records = addresses(query.type(), answer, to);
    } else if (query.type() == DnsAnswer.PTR) {
      records = names(answer, to);
    }
    to.putShort(6, (short) records);
    to.limit(most);
    if (extended) {
      to.put((byte) 0).putShort(OPT).putShort((short) MOST_DATAGRAM).putInt(0).putShort((short) 0);
    }
    byte[] message = new byte[to.position()];
    to.get(0, message);
    return message;
  }

  private static int addresses(int type, DnsAnswer answer, ByteBuffer to) {
    List<IpAddress> fitting =
        answer.addresses().stream().filter(a -> a.v6() == (type == DnsAnswer.AAAA)).toList();
    for (IpAddress address : fitting) {
      record(to, type, answer.seconds(), address.toBytes());
    }
    return fitting.size();
  }

  private static int names(DnsAnswer answer, ByteBuffer to) {
    for (String name : answer.names()) {
      record(to, DnsAnswer.PTR, answer.seconds(), encoded(name));
    }
    return answer.names().size();
  }

  private static void record(ByteBuffer to, int type, int seconds, byte[] data) {
    to.putShort(NAME_OF_QUESTION).putShort((short) type).putShort(IN).putInt(seconds);
    to.putShort((short) data.length).put(data);
  }

  private static byte[] encoded(String name) {
    ByteBuffer to = ByteBuffer.allocate(name.length() + 2);
    for (String label : name.split("\\.", -1)) {
      byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
      to.put((byte) bytes.length).put(bytes);
    }
    to.put((byte) 0);
    byte[] out = new byte[to.position()];
    to.get(0, out);
    return out;
  }
}
