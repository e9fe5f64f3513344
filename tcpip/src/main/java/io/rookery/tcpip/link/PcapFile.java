package io.rookery.tcpip.link;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * A trace of packets in the pcapng format (draft-ietf-opsawg-pcapng), of any number of interfaces,
 * with directions and times in nanoseconds; {@link PcapTracer}s write it. When writing fails the
 * trace ends, and the traffic goes on. Thread-safe.
 */
public final class PcapFile implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PcapFile.class.getName());

  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int BYTE_ORDER = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int LINK_TYPE_RAW = 101;
  private static final int OPTION_NAME = 2;
  private static final int OPTION_TIME_RESOLUTION = 9;
  private static final int OPTION_FLAGS = 2;

  private final InstantSource clock;
  private @Nullable OutputStream out; // guarded by this
  private int interfaces; // guarded by this

  /**
   * A trace without packets.
   *
   * @param out where it goes, closed with it; wrap a file's stream in a buffered one
   * @param clock the time of day
   */
  public PcapFile(OutputStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
    ByteBuffer head = block(SECTION_HEADER, 28);
    head.putInt(BYTE_ORDER).putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
    write(head);
  }

  /** Adds an interface; the answer is its number. */
  synchronized int add(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    int padded = text.length + 3 & ~3;
    int total = 16 + 4 + padded + 8 + 4 + 4;
    ByteBuffer block = block(INTERFACE_DESCRIPTION, total);
    block.putShort((short) LINK_TYPE_RAW).putShort((short) 0).putInt(0);
    block.putShort((short) OPTION_NAME).putShort((short) text.length).put(text);
    block.position(16 + 4 + padded);
    block.putShort((short) OPTION_TIME_RESOLUTION).putShort((short) 1).putInt(9); // 10^-9 s
    block.putInt(0); // end of options
    write(block.putInt(total));
    return interfaces++;
  }

  /**
   * Adds a packet.
   *
   * @param direction 1 for in, 2 for out
   */
  synchronized void add(int number, byte[] packet, int direction) {
    if (out == null) {
      return;
    }
    int padded = packet.length + 3 & ~3;
    int total = 28 + padded + 16; // header, data, two options, length again
    Instant now = clock.instant();
    long time = now.getEpochSecond() * 1_000_000_000 + now.getNano();
    ByteBuffer block = block(ENHANCED_PACKET, total).putInt(number);
    block.putInt((int) (time >>> 32)).putInt((int) time);
    block.putInt(packet.length).putInt(packet.length).put(packet);
    block.position(28 + padded);
    block.putShort((short) OPTION_FLAGS).putShort((short) 4).putInt(direction);
    block.putInt(0); // end of options
    write(block.putInt(total));
  }

  private static ByteBuffer block(int type, int total) {
    return ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(total);
  }

  private synchronized void write(ByteBuffer block) {
    OutputStream to = out;
    if (to == null) {
      return;
    }
    try {
      byte[] bytes = new byte[block.capacity()];
      block.get(0, bytes);
      to.write(bytes);
    } catch (IOException e) {
      out = null;
      LOG.log(System.Logger.Level.WARNING, "The packet trace ends", e);
    }
  }

  @Override
  public synchronized void close() {
    OutputStream closing = out;
    out = null;
    if (closing != null) {
      try {
        closing.close();
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "A packet trace is incomplete", e);
      }
    }
  }
}
