package io.rookery.linux.net.packet;

import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.vfs.Stat;
import java.util.Comparator;
import java.util.Locale;

/** /proc/net/packet. */
public final class PacketTexts {
  private PacketTexts() {}

  record Entry(int type, int protocol, int index, boolean running, long memory, Stat inode) {}

  /** All packet sockets. */
  public static String sockets(NetworkNamespace network) {
    StringBuilder b =
        new StringBuilder("sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
    network.packetSockets().all().stream()
        .filter(PacketSocket.class::isInstance)
        .map(s -> ((PacketSocket) s).entry())
        .sorted(Comparator.comparingLong((Entry e) -> e.inode.ino()))
        .forEach(e -> b.append(line(e)));
    return b.toString();
  }

  private static String line(Entry e) {
    return String.format(
        Locale.ROOT,
        "%016x %-6d %-4d %04x   %-5d %1d %-6d %-6d %-6d\n",
        0,
        3,
        e.type,
        e.protocol,
        e.index,
        e.running ? 1 : 0,
        e.memory,
        e.inode.uid(),
        e.inode.ino());
  }
}
