package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a socket's error queue, as MSG_ERRQUEUE returns it.
 *
 * @param error what it means
 * @param type of the ICMP or ICMPv6 message
 * @param code of the message
 * @param info the path's MTU if the error is {@link NetError#MESSAGE_TOO_LONG}, else 0
 * @param offender who sent the message
 * @param destination where the datagram was sent
 * @param message how the ICMP message came
 * @param data the datagram's data, as far as the message quotes them
 */
public record ErrorReport(
    NetError error,
    int type,
    int code,
    int info,
    IpAddress offender,
    Endpoint destination,
    DatagramInfo message,
    byte[] data) {

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ErrorReport o
        && error == o.error
        && type == o.type
        && code == o.code
        && info == o.info
        && offender.equals(o.offender)
        && destination.equals(o.destination)
        && message.equals(o.message)
        && Arrays.equals(data, o.data);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        error, type, code, info, offender, destination, message, Arrays.hashCode(data));
  }
}
