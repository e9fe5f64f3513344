package io.rookery.tcpip;

import java.util.Set;
import java.util.function.Predicate;

/**
 * A socket option with its type, default and range; {@link Options} lists them.
 *
 * @param <T> the value's type
 */
public final class Option<T> {

  /** Kinds of sockets. */
  enum Kind {
    TCP,
    UDP,
    UDP_LITE,
    PING,
    RAW
  }

  private final String name;
  private final T initial;
  private final Predicate<T> valid;
  private final Set<Kind> kinds;

  Option(String name, T initial, Predicate<T> valid, Set<Kind> kinds) {
    this.name = name;
    this.initial = initial;
    this.valid = valid;
    this.kinds = kinds;
  }

  /** The value of a new socket. */
  public T initial() {
    return initial;
  }

  /** Whether a value is in range. */
  public boolean accepts(T value) {
    return valid.test(value);
  }

  /** Whether a socket has this option. */
  public boolean appliesTo(StackSocket socket) {
    return kinds.contains(
        switch (socket) {
          case TcpSocket _ -> Kind.TCP;
          case UdpSocket udp -> udp.isLite() ? Kind.UDP_LITE : Kind.UDP;
          case PingSocket _ -> Kind.PING;
          case RawSocket _ -> Kind.RAW;
        });
  }

  /** The name in Linux's headers. */
  @Override
  public String toString() {
    return name;
  }
}
