package io.rookery.linux.net.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes one netlink message: header, body, attributes (netlink(7), rtnetlink(3)). */
final class NetlinkWriter {
  static final int HEADER = 16;

  /** NLM_F_MULTI: more follow, and an end. */
  static final int MULTI = 2;

  private static final int ATTRIBUTE_HEADER = 4;
  private static final int MOST = 4096;

  private final ByteBuffer b = ByteBuffer.allocate(MOST).order(ByteOrder.LITTLE_ENDIAN);

  /** Begins a message whose length is filled in at the end. */
  NetlinkWriter(int type, int flags, int sequence, int port) {
    b.putInt(0).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(port);
  }

  NetlinkWriter byte_(int value) {
    b.put((byte) value);
    return this;
  }

  NetlinkWriter short_(int value) {
    b.putShort((short) value);
    return this;
  }

  NetlinkWriter int_(int value) {
    b.putInt(value);
    return this;
  }

  NetlinkWriter bytes(byte[] value) {
    b.put(value);
    return this;
  }

  NetlinkWriter attribute(int type, byte[] value) {
    b.putShort((short) (ATTRIBUTE_HEADER + value.length)).putShort((short) type).put(value);
    return align();
  }

  NetlinkWriter attribute(int type, int value) {
    b.putShort((short) (ATTRIBUTE_HEADER + 4)).putShort((short) type).putInt(value);
    return this;
  }

  NetlinkWriter attribute(int type, byte value) {
    return attribute(type, new byte[] {value});
  }

  /** A string with its NUL. */
  NetlinkWriter attribute(int type, String value) {
    return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  private NetlinkWriter align() {
    while (b.position() % 4 != 0) {
      b.put((byte) 0);
    }
    return this;
  }

  /** The message, padded. */
  byte[] done() {
    int length = b.position();
    align();
    b.putInt(0, length);
    byte[] message = new byte[b.position()];
    b.get(0, message);
    return message;
  }
}
