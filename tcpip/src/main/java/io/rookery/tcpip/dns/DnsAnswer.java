package io.rookery.tcpip.dns;

import io.rookery.tcpip.address.IpAddress;
import java.util.List;

/**
 * What a {@link NameResolver} knows.
 *
 * @param code RFC 1035 section 4.1.1: 0, or why there is no answer
 * @param addresses for questions of type A or AAAA; those of the other family are left out
 * @param names for questions of type PTR
 * @param seconds how long the answer may be kept
 */
public record DnsAnswer(int code, List<IpAddress> addresses, List<String> names, int seconds) {
  /** Type of a question for IPv4 addresses. */
  public static final int A = 1;

  /** Type of a question for names. */
  public static final int PTR = 12;

  /** Type of a question for IPv6 addresses. */
  public static final int AAAA = 28;

  static final int FORMAT_ERROR = 1;
  static final int SERVER_FAILURE = 2;
  static final int NAME_ERROR = 3;
  static final int NOT_IMPLEMENTED = 4;
  static final int REFUSED = 5;

  /** Addresses, of both families. */
  public static DnsAnswer ofAddresses(List<IpAddress> addresses, int seconds) {
    return new DnsAnswer(0, List.copyOf(addresses), List.of(), seconds);
  }

  /** The name of an address. */
  public static DnsAnswer ofName(String name, int seconds) {
    return new DnsAnswer(0, List.of(), List.of(name), seconds);
  }

  /** The name exists, but has nothing of this type. */
  public static DnsAnswer noData() {
    return error(0);
  }

  /** There is no such name. */
  public static DnsAnswer noSuchName() {
    return error(NAME_ERROR);
  }

  /** It could not be found out now; clients may ask again. */
  public static DnsAnswer failure() {
    return error(SERVER_FAILURE);
  }

  /** This server does not say; clients ask their next one. */
  public static DnsAnswer refused() {
    return error(REFUSED);
  }

  static DnsAnswer error(int code) {
    return new DnsAnswer(code, List.of(), List.of(), 0);
  }
}
