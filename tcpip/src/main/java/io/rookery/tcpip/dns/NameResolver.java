package io.rookery.tcpip.dns;

import io.rookery.tcpip.address.IpAddress;

/** Tells what names mean. Called from several threads at once; may block. */
@FunctionalInterface
public interface NameResolver {

  /**
   * Answers a question of class IN.
   *
   * @param name in lower case, without a dot at its end; labels hold letters, digits, {@code -} and
   *     {@code _} only; empty for the root
   * @param type the record type; {@link DnsAnswer} names those that can be answered with more than
   *     "there is none"
   * @param client who asks
   */
  DnsAnswer resolve(String name, int type, IpAddress client);
}
