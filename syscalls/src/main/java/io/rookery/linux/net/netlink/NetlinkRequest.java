package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One message of a program: header and what follows it.
 *
 * @param message all of its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // bytes of a message, never compared
record NetlinkRequest(byte[] message) {
  static final int REQUEST = 1;
  private static final int ACK = 4;
  private static final int DUMP = 0x300;
  private static final int TYPE_MASK = 0x3fff; // the two highest bits of an attribute's type: flags

  int type() {
    return shortAt(4);
  }

  int flags() {
    return shortAt(6);
  }

  int sequence() {
    return intAt(8);
  }

  boolean isRequest() {
    return (flags() & REQUEST) != 0;
  }

  boolean wantsAck() {
    return (flags() & ACK) != 0;
  }

  boolean isDump() {
    return (flags() & DUMP) == DUMP;
  }

  /** The first byte of the body, which is the address family; 0 without a body. */
  int family() {
    return message.length > NetlinkWriter.HEADER ? message[NetlinkWriter.HEADER] & 0xff : 0;
  }

  /** A number of the body; EINVAL where it is too short. */
  int bodyInt(int at) {
    if (message.length < NetlinkWriter.HEADER + at + 4) {
      throw Errno.EINVAL.exception();
    }
    return intAt(NetlinkWriter.HEADER + at);
  }

  /** An unsigned byte of the body; EINVAL where it is too short. */
  int bodyByte(int at) {
    if (message.length <= NetlinkWriter.HEADER + at) {
      throw Errno.EINVAL.exception();
    }
    return message[NetlinkWriter.HEADER + at] & 0xff;
  }

  /** The value of an attribute behind a body of {@code bodySize} bytes; null if it is missing. */
  byte @Nullable [] attribute(int bodySize, int type) {
    int at = NetlinkWriter.HEADER + bodySize;
    while (at + 4 <= message.length) {
      int length = shortAt(at);
      if (length < 4 || length > message.length - at) {
        return null;
      }
      if ((shortAt(at + 2) & TYPE_MASK) == type) {
        return Arrays.copyOfRange(message, at + 4, at + length);
      }
      at += length + 3 & ~3;
    }
    return null;
  }

  private int shortAt(int at) {
    return ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getShort(at) & 0xffff;
  }

  private int intAt(int at) {
    return ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }
}
