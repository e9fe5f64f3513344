package io.rookery.tcpip.core;

import java.nio.ByteBuffer;

/** A packet on its way out, in an array that is used again. */
public final class PacketBuffer {
  private final byte[] bytes;
  private final ByteBuffer view;
  private int length;

  PacketBuffer(int capacity) {
    bytes = new byte[capacity];
    view = ByteBuffer.wrap(bytes);
  }

  /** The array; the packet begins at index 0. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** Sets the packet's length, at most the array's. */
  public void length(int value) {
    length = value;
  }

  /** The packet as sinks take it. */
  ByteBuffer view() {
    return view.clear().limit(length);
  }
}
