package io.rookery.linux.ipc.socket;

import io.rookery.linux.vfs.Vfs;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** /proc/net/unix (proc_net(5)). */
public final class UnixTexts {
  private static final int ACCEPTS = 0x10000; // __SO_ACCEPTCON
  private static final int UNCONNECTED = 1;
  private static final int CONNECTED = 3;

  private UnixTexts() {}

  /** A line for each socket. */
  public static String sockets(Vfs vfs) {
    StringBuilder b =
        new StringBuilder("Num       RefCount Protocol Flags    Type St Inode Path\n");
    UnixSocketEntry.all(vfs).forEach(e -> b.append(line(e)));
    return b.toString();
  }

  private static String line(UnixSocketEntry e) {
    return String.format(
        Locale.ROOT,
        "%016x: %08X %08X %08X %04X %02X %5d%s\n",
        0,
        2,
        0,
        e.state() == UnixSocketEntry.LISTEN ? ACCEPTS : 0,
        e.type(),
        e.state() == UnixSocketEntry.ESTABLISHED ? CONNECTED : UNCONNECTED,
        e.ino(),
        name(e.name()));
  }

  /** The path, or the abstract name with an @ for each NUL. */
  private static String name(byte[] name) {
    if (name.length == 0) {
      return "";
    }
    boolean isAbstract = name[0] == 0;
    int length = name.length - (isAbstract ? 0 : 1);
    String text = new String(name, 0, length, StandardCharsets.ISO_8859_1);
    return " " + text.replace('\0', '@');
  }
}
