package io.rookery.linux.net.packet;

/**
 * What a packet socket keeps of a packet.
 *
 * @param data its first bytes, as many as the filter took
 * @param length bytes that it had
 * @param networkHeader index of its network header in the data
 * @param address who it passed: struct sockaddr_ll
 * @param status TP_STATUS_ bits
 * @param nanos when, since 1970
 */
@SuppressWarnings("ArrayRecordComponent") // bytes, never compared
record CapturedPacket(
    byte[] data, int length, int networkHeader, byte[] address, int status, long nanos) {
  static final int USER = 1; // TP_STATUS_USER
  static final int CHECKSUM_VALID = 0x80; // TP_STATUS_CSUM_VALID

  private static final int OVERHEAD = 256;

  /** Bytes of memory, roughly. */
  int charge() {
    return data.length + OVERHEAD;
  }
}
