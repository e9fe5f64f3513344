package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.rookery.linux.errno.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SocketCallsTest {
  private static final int AF_UNIX = 1;
  private static final int STREAM = 1;
  private static final int DGRAM = 2;
  private static final int DONTWAIT = 0x40;
  private static final int NOSIGNAL = 0x4000;

  private final Guest g = new Guest();

  @AfterEach
  void close() {
    g.close();
  }

  private static long error(Errno e) {
    return -e.number();
  }

  private int[] pair(int type) {
    assertEquals(0, g.call("socketpair", AF_UNIX, type, 0, Guest.BUFFER));
    return new int[] {g.intAt(0), g.intAt(4)};
  }

  private static byte[] address(String path) {
    byte[] name = path.getBytes(StandardCharsets.ISO_8859_1);
    byte[] a = new byte[2 + name.length];
    a[0] = AF_UNIX;
    System.arraycopy(name, 0, a, 2, name.length);
    return a;
  }

  private long connect(long fd, String path) {
    byte[] a = address(path);
    return g.call("connect", fd, a, a.length);
  }

  private long bind(long fd, String path) {
    byte[] a = address(path);
    return g.call("bind", fd, a, a.length);
  }

  @Test
  void streamsJoinAndEnd() {
    int[] s = pair(STREAM);
    g.write(s[0], "ab");
    g.write(s[0], "cd");
    assertEquals("abcd", g.read(s[1], 10));
    assertEquals(error(Errno.EAGAIN), g.call("recvfrom", s[1], Guest.BUFFER, 1, DONTWAIT, 0L, 0L));
    g.call("shutdown", s[0], 1);
    assertEquals("", g.read(s[1], 1));
    assertEquals(2, g.write(s[1], "up"));
    g.call("close", s[0]);
    assertEquals(error(Errno.EPIPE), g.call("sendto", s[1], new byte[1], 1, NOSIGNAL, 0L, 0));
  }

  @Test
  void unreadDataResetsThePeer() {
    int[] s = pair(STREAM);
    g.write(s[0], "lost");
    g.call("close", s[1]);
    assertEquals(error(Errno.ECONNRESET), g.call("read", s[0], Guest.BUFFER, 1));
    assertEquals("", g.read(s[0], 1));
  }

  @Test
  void datagramsKeepTheirBounds() {
    int[] s = pair(DGRAM);
    g.write(s[0], "first");
    g.write(s[0], "second");
    assertEquals("fir", g.read(s[1], 3));
    assertEquals("second", g.read(s[1], 100));
    g.write(s[0], "truncated");
    assertEquals(9, g.call("recvfrom", s[1], Guest.BUFFER, 2, 0x20, 0L, 0L));
  }

  @Test
  void serversAccept() {
    long server = g.call("socket", AF_UNIX, STREAM, 0);
    assertEquals(0, bind(server, "/sock"));
    assertEquals(error(Errno.EADDRINUSE), bind(g.call("socket", AF_UNIX, STREAM, 0), "/sock"));
    long early = g.call("socket", AF_UNIX, STREAM, 0);
    assertEquals(error(Errno.ECONNREFUSED), connect(early, "/sock"));
    assertEquals(0, g.call("listen", server, 1));
    long client = g.call("socket", AF_UNIX, STREAM, 0);
    assertEquals(0, connect(client, "/sock"));
    assertEquals(error(Errno.EISCONN), connect(client, "/sock"));
    long accepted = g.call("accept4", server, 0L, 0L, 0);
    g.write(client, "hello");
    assertEquals("hello", g.read(accepted, 10));
    g.task.memory().putInt(Guest.BUFFER, 12);
    assertEquals(0, g.call("getsockopt", accepted, 1, 17, Guest.BUFFER + 16, Guest.BUFFER));
    assertEquals(g.task.process().pid(), g.intAt(16));
    g.task.memory().putInt(Guest.BUFFER, 110);
    assertEquals(0, g.call("getpeername", client, Guest.BUFFER + 16, Guest.BUFFER));
    assertEquals("/sock", g.text(16 + 7).substring(18));
    assertEquals(error(Errno.ENOENT), connect(early, "/none"));
    assertEquals(error(Errno.EPROTOTYPE), connect(g.call("socket", AF_UNIX, DGRAM, 0), "/sock"));
    assertEquals(error(Errno.ENXIO), g.call("open", "/sock", 0, 0));
  }

  @Test
  void abstractNamesVanishWithTheirSocket() {
    long s = g.call("socket", AF_UNIX, DGRAM, 0);
    assertEquals(0, bind(s, "\0name"));
    long other = g.call("socket", AF_UNIX, DGRAM, 0);
    assertEquals(error(Errno.EADDRINUSE), bind(other, "\0name"));
    assertEquals(0, connect(other, "\0name"));
    g.write(other, "msg");
    assertEquals("msg", g.read(s, 10));
    g.call("close", s);
    assertEquals(error(Errno.ECONNREFUSED), g.write(other, "x"));
    assertEquals(0, bind(g.call("socket", AF_UNIX, DGRAM, 0), "\0name"));
  }

  @Test
  void descriptorsTravel() {
    int[] s = pair(STREAM);
    long file = g.call("open", "/passed", 0102, 0644);
    long at = Guest.BUFFER + 1024;
    // struct msghdr at 0, iovec at 64, data at 96, control at 128
    ByteBuffer m = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    m.putLong(16, at + 64).putLong(24, 1).putLong(32, at + 128).putLong(40, 20);
    m.putLong(64, at + 96).putLong(72, 1).put(96, (byte) 'x');
    m.putLong(128, 20).putInt(136, 1).putInt(140, 1).putInt(144, (int) file);
    g.task.memory().write(at, m.array());
    assertEquals(1, g.call("sendmsg", s[0], at, 0));
    g.call("close", file);
    m.putInt(144, -1).putLong(40, 24);
    g.task.memory().write(at, m.array());
    assertEquals(1, g.call("recvmsg", s[1], at, 0x40000000));
    int received = g.task.memory().getInt(at + 144);
    assertNotEquals(-1, received);
    assertEquals(4, g.write(received, "sent"));
    assertEquals(1, g.call("fcntl", received, 1, 0)); // MSG_CMSG_CLOEXEC
    long again = g.call("open", "/passed", 0, 0);
    assertEquals("sent", g.read(again, 10));
  }

  @Test
  void otherFamiliesAreMissing() {
    assertEquals(error(Errno.EAFNOSUPPORT), g.call("socket", 31, 3, 0)); // AF_BLUETOOTH
    assertEquals(error(Errno.EPROTONOSUPPORT), g.call("socket", 16, 3, 15)); // udev's netlink
    assertEquals(error(Errno.EPROTONOSUPPORT), g.call("socket", 2, 3, 0)); // raw
    assertEquals(error(Errno.EAFNOSUPPORT), g.call("socket", 9999, STREAM, 0));
    assertEquals(error(Errno.EINVAL), g.call("socket", AF_UNIX, 77, 0));
    assertEquals(error(Errno.EPROTONOSUPPORT), g.call("socket", AF_UNIX, STREAM, 7));
    long file = g.call("open", "/f", 0102, 0644);
    assertEquals(error(Errno.ENOTSOCK), g.call("listen", file, 1));
  }
}
