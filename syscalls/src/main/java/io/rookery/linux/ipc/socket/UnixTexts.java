package io.rookery.linux.ipc.socket;

import io.rookery.linux.vfs.Vfs;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
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
    UnixNames.of(vfs).open().stream()
        .sorted(Comparator.comparingLong((UnixSocket s) -> s.inode().stat().ino()))
        .forEach(s -> b.append(line(s)));
    return b.toString();
  }

  private static String line(UnixSocket s) {
    return String.format(
        Locale.ROOT,
        "%016x: %08X %08X %08X %04X %02X %5d%s\n",
        0,
        2,
        0,
        s.listening() ? ACCEPTS : 0,
        s.type(),
        s.connected() ? CONNECTED : UNCONNECTED,
        s.inode().stat().ino(),
        name(s.localAddress()));
  }

  /** The path, or the abstract name with an @ for each NUL. */
  private static String name(byte[] address) {
    if (address.length <= UnixNames.HEADER) {
      return "";
    }
    boolean isAbstract = address[UnixNames.HEADER] == 0;
    int length = address.length - UnixNames.HEADER - (isAbstract ? 0 : 1);
    String text = new String(address, UnixNames.HEADER, length, StandardCharsets.ISO_8859_1);
    return " " + text.replace('\0', '@');
  }
}
