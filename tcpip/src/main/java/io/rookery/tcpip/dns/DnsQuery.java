package io.rookery.tcpip.dns;

import io.rookery.tcpip.wire.Bytes;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A question as it came (RFC 1035 section 4.1).
 *
 * @param error the code to answer with when it cannot be understood, else 0
 * @param name see {@link NameResolver#resolve}
 * @param plainName whether the name has only the characters that host names have
 * @param section the question section, to be repeated in the answer
 * @param datagram bytes of the largest answer over UDP (RFC 6891), 0 if the client did not say
 */
record DnsQuery(
    int id,
    int flags,
    int error,
    String name,
    boolean plainName,
    int type,
    int classOfData,
    byte[] section,
    int datagram) {
  static final int HEADER = 12;

  private static final int RESPONSE = 0x8000;
  private static final int OPCODE = 0x7800;
  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST_NAME = 255;
  private static final int OPT = 41;

  /** Reads a message; null if it is no query that could be answered at all. */
  static @Nullable DnsQuery parse(byte[] b, int length) {
    if (length < HEADER) {
      return null;
    }
    int id = Bytes.get16(b, 0);
    int flags = Bytes.get16(b, 2);
    if ((flags & RESPONSE) != 0) {
      return null;
    }
    if ((flags & OPCODE) != 0) {
      return failed(id, flags, DnsAnswer.NOT_IMPLEMENTED);
    }
    if (Bytes.get16(b, 4) != 1) {
      return failed(id, flags, DnsAnswer.FORMAT_ERROR);
    }
    StringBuilder name = new StringBuilder();
    boolean plain = true;
    int at = HEADER;
    while (true) {
      int size = at < length ? Bytes.get8(b, at) : LONGEST_NAME;
      // A question comes first, so that a pointer has nothing to point at.
      if (size > LONGEST_LABEL || at + size >= length || at + size - HEADER >= LONGEST_NAME) {
        return failed(id, flags, DnsAnswer.FORMAT_ERROR);
      }
      at++;
      if (size == 0) {
        break;
      }
      name.append(name.isEmpty() ? "" : ".");
      for (int end = at + size; at < end; at++) {
        plain &= isPlain(b[at]);
        name.append((char) Bytes.get8(b, at));
      }
    }
    if (at + 4 > length) {
      return failed(id, flags, DnsAnswer.FORMAT_ERROR);
    }
    return new DnsQuery(
        id,
        flags,
        0,
        name.toString().toLowerCase(Locale.ROOT),
        plain,
        Bytes.get16(b, at),
        Bytes.get16(b, at + 2),
        Arrays.copyOfRange(b, HEADER, at + 4),
        datagram(b, at + 4, length));
  }

  private static boolean isPlain(byte c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '_';
  }

  /** RFC 6891 section 6.1.2; looked for only where resolvers put it, directly behind. */
  private static int datagram(byte[] b, int at, int length) {
    boolean additional = Bytes.get16(b, 6) == 0 && Bytes.get16(b, 8) == 0 && Bytes.get16(b, 10) > 0;
    boolean there = additional && at + 11 <= length && b[at] == 0 && Bytes.get16(b, at + 1) == OPT;
    return there ? Math.max(DnsWriter.LEAST_DATAGRAM, Bytes.get16(b, at + 3)) : 0;
  }

  private static DnsQuery failed(int id, int flags, int error) {
    return new DnsQuery(id, flags, error, "", true, 0, 0, new byte[0], 0);
  }
}
