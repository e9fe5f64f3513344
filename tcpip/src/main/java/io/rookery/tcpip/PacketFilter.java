package io.rookery.tcpip;

/** Decides which messages a socket receives (SO_ATTACH_FILTER). Called within the stack's lock. */
@FunctionalInterface
public interface PacketFilter {
  /** Takes everything. */
  PacketFilter ALL = (_, _, length, _) -> length;

  /**
   * How many bytes of a message the socket gets; 0 to drop it.
   *
   * @param bytes the array that the message lies in, not to be kept or changed
   * @param at index of its first byte
   * @param length its bytes
   * @param context what is known besides
   */
  int accept(byte[] bytes, int at, int length, FilterContext context);
}
