package io.rookery.tcpip;

/** Why something cannot be reached: codes of ICMP (RFC 792, 1812) and ICMPv6 (RFC 4443). */
public enum Unreachable {
  /** No route: ENETUNREACH for programs on Linux. */
  NETWORK(0, 0),
  /** EHOSTUNREACH. */
  HOST(1, 3),
  /** ECONNREFUSED. */
  PORT(3, 4),
  /** Forbidden by an administrator: EHOSTUNREACH over IPv4, EACCES over IPv6. */
  PROHIBITED(13, 1);

  private final int v4Code;
  private final int v6Code;

  Unreachable(int v4Code, int v6Code) {
    this.v4Code = v4Code;
    this.v6Code = v6Code;
  }

  /** The code of a destination unreachable message. */
  public int code(boolean v6) {
    return v6 ? v6Code : v4Code;
  }
}
