package io.rookery.tcpip.wire;

/**
 * A received TCP segment: header fields, options (RFC 9293 section 3.2, 7323, 2018) and where the
 * data lie. One object is filled again and again by {@link #parse}.
 */
public final class TcpSegment {
  /** More than four SACK blocks do not fit the option space. */
  public static final int MAX_SACK_BLOCKS = 4;

  private byte[] bytes = new byte[0];
  private int sourcePort;
  private int destinationPort;
  private int sequence;
  private int acknowledgment;
  private int flags;
  private int window;
  private int urgentPointer;
  private int data;
  private int dataLength;

  private int mss;
  private int windowScale;
  private boolean sackPermitted;
  private boolean timestamps;
  private int timestampValue;
  private int timestampEcho;
  private int sackBlocks;
  private final int[] sackLeft = new int[MAX_SACK_BLOCKS];
  private final int[] sackRight = new int[MAX_SACK_BLOCKS];

  /**
   * Reads the segment at an index. Unknown and ill-formed options are skipped as far as possible.
   *
   * @return whether the header fits; the fields mean nothing otherwise
   */
  public boolean parse(byte[] b, int at, int length) {
    if (!Tcp.check(b, at, length)) {
      return false;
    }
    int header = Tcp.headerLength(b, at);
    bytes = b;
    sourcePort = Tcp.sourcePort(b, at);
    destinationPort = Tcp.destinationPort(b, at);
    sequence = Tcp.sequence(b, at);
    acknowledgment = Tcp.acknowledgment(b, at);
    flags = Tcp.flags(b, at);
    window = Tcp.window(b, at);
    urgentPointer = Tcp.urgentPointer(b, at);
    data = at + header;
    dataLength = length - header;
    mss = 0;
    windowScale = -1;
    sackPermitted = false;
    timestamps = false;
    sackBlocks = 0;
    if (header > Tcp.HEADER) {
      parseOptions(b, at + Tcp.HEADER, at + header);
    }
    return true;
  }

  private void parseOptions(byte[] b, int from, int end) {
    int at = from;
    while (at < end) {
      int kind = b[at];
      if (kind == Tcp.OPTION_END) {
        return;
      }
      if (kind == Tcp.OPTION_NOP) {
        at++;
        continue;
      }
      int size = at + 1 < end ? Bytes.get8(b, at + 1) : 0;
      if (size < 2 || at + size > end) {
        return;
      }
      parseOption(b, at, kind, size);
      at += size;
    }
  }

  private void parseOption(byte[] b, int at, int kind, int size) {
    switch (kind) {
      case Tcp.OPTION_MSS -> {
        if (size == 4 && syn()) {
          mss = Bytes.get16(b, at + 2);
        }
      }
      case Tcp.OPTION_WINDOW_SCALE -> {
        if (size == 3 && syn()) {
          windowScale = Math.min(Bytes.get8(b, at + 2), 14); // RFC 7323 section 2.3
        }
      }
      case Tcp.OPTION_SACK_PERMITTED -> sackPermitted |= size == 2 && syn();
      case Tcp.OPTION_TIMESTAMPS -> {
        if (size == 10) {
          timestamps = true;
          timestampValue = Bytes.get32(b, at + 2);
          timestampEcho = Bytes.get32(b, at + 6);
        }
      }
      case Tcp.OPTION_SACK -> {
        if (size % 8 == 2 && !syn()) {
          for (int i = at + 2; i < at + size && sackBlocks < MAX_SACK_BLOCKS; i += 8) {
            sackLeft[sackBlocks] = Bytes.get32(b, i);
            sackRight[sackBlocks++] = Bytes.get32(b, i + 4);
          }
        }
      }
      default -> {}
    }
  }

  /** Drops data that lie left of a sequence number; SYN goes with them. */
  public void trimFront(int count) {
    int skip = count;
    if (syn() && skip > 0) {
      flags &= ~Tcp.SYN;
      sequence++;
      skip--;
    }
    skip = Math.min(skip, dataLength);
    sequence += skip;
    data += skip;
    dataLength -= skip;
    if ((flags & Tcp.URG) != 0) {
      urgentPointer -= skip;
      if (urgentPointer <= 0) {
        flags &= ~Tcp.URG;
      }
    }
  }

  /** Keeps only so many bytes of data; FIN goes if any are cut. */
  public void trimBack(int keep) {
    if (keep < dataLength) {
      dataLength = Math.max(keep, 0);
      flags &= ~(Tcp.FIN | Tcp.PSH);
    }
  }

  /** Drops the FIN flag. */
  public void dropFin() {
    flags &= ~Tcp.FIN;
  }

  /** Sequence numbers that the segment takes: data, SYN and FIN. */
  public int sequenceLength() {
    return dataLength + (syn() ? 1 : 0) + (fin() ? 1 : 0);
  }

  public byte[] bytes() {
    return bytes;
  }

  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  public int sequence() {
    return sequence;
  }

  public int acknowledgment() {
    return acknowledgment;
  }

  public boolean syn() {
    return (flags & Tcp.SYN) != 0;
  }

  public boolean fin() {
    return (flags & Tcp.FIN) != 0;
  }

  public boolean rst() {
    return (flags & Tcp.RST) != 0;
  }

  public boolean ack() {
    return (flags & Tcp.ACK) != 0;
  }

  public boolean psh() {
    return (flags & Tcp.PSH) != 0;
  }

  public boolean urg() {
    return (flags & Tcp.URG) != 0;
  }

  /** As it stands in the header, not scaled. */
  public int window() {
    return window;
  }

  public int urgentPointer() {
    return urgentPointer;
  }

  /** Index of the first byte of data. */
  public int data() {
    return data;
  }

  public int dataLength() {
    return dataLength;
  }

  /** Maximum segment size option, 0 if there is none. */
  public int mss() {
    return mss;
  }

  /** Window scale option, -1 if there is none. */
  public int windowScale() {
    return windowScale;
  }

  public boolean sackPermitted() {
    return sackPermitted;
  }

  public boolean hasTimestamps() {
    return timestamps;
  }

  public int timestampValue() {
    return timestampValue;
  }

  public int timestampEcho() {
    return timestampEcho;
  }

  public int sackBlocks() {
    return sackBlocks;
  }

  public int sackLeft(int block) {
    return sackLeft[block];
  }

  /** First sequence number behind the block. */
  public int sackRight(int block) {
    return sackRight[block];
  }
}
