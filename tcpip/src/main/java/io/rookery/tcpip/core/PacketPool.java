package io.rookery.tcpip.core;

import java.util.ArrayList;
import java.util.List;

/** Keeps packet buffers of two sizes for use again. */
final class PacketPool {
  private static final int SMALL = 2048;
  private static final int LARGE = 40 + 65_536; // an IPv6 header counts extra
  private static final int SMALL_KEPT = 1024;
  private static final int LARGE_KEPT = 64;

  private final List<PacketBuffer> small = new ArrayList<>();
  private final List<PacketBuffer> large = new ArrayList<>();

  PacketBuffer take(int length) {
    List<PacketBuffer> pool = length <= SMALL ? small : large;
    PacketBuffer packet =
        pool.isEmpty() ? new PacketBuffer(length <= SMALL ? SMALL : LARGE) : pool.removeLast();
    packet.length(length);
    return packet;
  }

  void give(PacketBuffer packet) {
    boolean isSmall = packet.bytes().length == SMALL;
    List<PacketBuffer> pool = isSmall ? small : large;
    if (pool.size() < (isSmall ? SMALL_KEPT : LARGE_KEPT)) {
      pool.add(packet);
    }
  }
}
