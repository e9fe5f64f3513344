package io.rookery.tcpip.address;

/**
 * An address and a port, as sockets are bound and connected to.
 *
 * @param address the address
 * @param port 0 to 65,535; 0 stands for "any" when binding
 */
public record Endpoint(IpAddress address, int port) {

  /**
   * @throws IllegalArgumentException if the port is out of range
   */
  public Endpoint {
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("Port " + port);
    }
  }

  /** Parses the address and joins it with the port. */
  public static Endpoint of(String address, int port) {
    return new Endpoint(IpAddress.parse(address), port);
  }

  @Override
  public String toString() {
    return address.v6() ? "[" + address + "]:" + port : address + ":" + port;
  }
}
