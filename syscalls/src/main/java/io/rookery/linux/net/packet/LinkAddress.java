package io.rookery.linux.net.packet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.net.Interfaces;
import io.rookery.tcpip.IpInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The parts of struct sockaddr_ll (packet(7)) that a caller gives.
 *
 * @param protocol EtherType, in host order
 * @param interfaceIndex the interface, 0 for any
 */
record LinkAddress(int protocol, int interfaceIndex) {
  static final int AF_PACKET = 17;

  /** Bytes of the structure. */
  static final int SIZE = 20;

  private static final int HARDWARE_ADDRESS = 12;

  /** Parses an address; EINVAL if it is too short or of another family. */
  static LinkAddress parse(byte[] address) {
    if (address.length < SIZE) {
      throw Errno.EINVAL.exception();
    }
    ByteBuffer b = ByteBuffer.wrap(address).order(ByteOrder.LITTLE_ENDIAN);
    if (b.getShort(0) != AF_PACKET) {
      throw Errno.EINVAL.exception();
    }
    return new LinkAddress(Short.toUnsignedInt(Short.reverseBytes(b.getShort(2))), b.getInt(4));
  }

  /** The whole structure. */
  static byte[] of(int protocol, int index, @Nullable IpInterface on, int packetType) {
    int hardware = on == null ? 0 : Interfaces.type(on);
    int length = on == null ? 0 : Interfaces.hardwareAddressLength(on);
    return ByteBuffer.allocate(SIZE)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) AF_PACKET)
        .putShort(Short.reverseBytes((short) protocol))
        .putInt(index)
        .putShort((short) hardware)
        .put((byte) packetType)
        .put((byte) length)
        .array();
  }

  /** As getsockname(2) shows it: no longer than the hardware address. */
  static byte[] shown(int protocol, int index, @Nullable IpInterface on) {
    byte[] whole = of(protocol, index, on, 0);
    return Arrays.copyOf(whole, HARDWARE_ADDRESS + whole[HARDWARE_ADDRESS - 1]);
  }
}
