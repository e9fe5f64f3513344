package io.rookery.linux.net.inet;

/** IANA numbers of protocols, which are also the levels of their options. */
final class Protocols {
  static final int IP = 0;
  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int IPV6 = 41;
  static final int ICMPV6 = 58;
  static final int UDP_LITE = 136;
  static final int RAW = 255;

  private Protocols() {}
}
