package io.rookery.linux.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.call.Guest;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.MountNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcTest {
  private final Guest g = new Guest();

  @BeforeEach
  void boot() {
    MountNamespace tree =
        StandardTree.create(g.kernel.kernel, MemoryFileSystem.tmpfs(g.kernel.vfs, 0755), "root");
    g.task.setFs(new FsContext(tree));
  }

  @AfterEach
  void close() {
    g.close();
  }

  private String content(String path) {
    long fd = g.call("open", path, 0, 0);
    assertTrue(fd >= 0, path + ": " + Errno.of((int) -fd));
    String text = g.read(fd, 100_000);
    g.call("close", fd);
    return text;
  }

  private String link(String path) {
    long n = g.call("readlink", path, Guest.BUFFER, 1000);
    return n < 0 ? String.valueOf(Errno.of((int) -n)) : g.text((int) n);
  }

  @Test
  void selfIsTheReader() {
    int pid = g.task.process().pid();
    assertEquals(Integer.toString(pid), link("/proc/self"));
    assertEquals(pid + "/task/" + g.task.tid(), link("/proc/thread-self"));
    assertTrue(content("/proc/self/stat").startsWith(pid + " ("));
    assertEquals(52, content("/proc/self/stat").strip().split(" ").length);
    assertTrue(content("/proc/self/status").contains("\nTgid:\t" + pid + "\n"));
    assertEquals("/", link("/proc/self/cwd"));
    assertEquals("ENOENT", link("/proc/99999"));
  }

  @Test
  void descriptorsAreLinks() {
    long fd = g.call("open", "/file", 0102, 0600);
    assertEquals("/file", link("/proc/self/fd/" + fd));
    g.call("unlink", "/file");
    assertEquals("/file (deleted)", link("/proc/self/fd/" + fd));
    g.write(fd, "still here");
    assertEquals("still here", content("/proc/self/fd/" + fd)); // opened anew
    g.call("pipe", Guest.BUFFER);
    int reader = g.intAt(0);
    assertTrue(link("/proc/self/fd/" + reader).matches("pipe:\\[\\d+]"));
    assertTrue(content("/proc/self/fdinfo/" + fd).startsWith("pos:\t10\nflags:\t0100002\n"));
    assertEquals("ENOENT", link("/proc/self/fd/77"));
  }

  @Test
  void mapsListWhatIsMapped() {
    String maps = content("/proc/self/maps");
    assertTrue(maps.contains("00400000-00500000 rw-p 00000000 00:00 0"), maps);
  }

  @Test
  void mountsAreListed() {
    List<String> kinds =
        content("/proc/mounts")
            .lines()
            .map(l -> l.split(" ", -1)[1] + " " + l.split(" ", -1)[2])
            .toList();
    assertEquals(
        List.of(
            "/ tmpfs",
            "/proc proc",
            "/sys sysfs",
            "/dev devtmpfs",
            "/dev/pts devpts",
            "/dev/shm tmpfs"),
        kinds);
  }

  @Test
  void devicesBehave() {
    long zero = g.call("open", "/dev/zero", 0, 0);
    assertEquals("\0\0\0", g.read(zero, 3));
    long full = g.call("open", "/dev/full", 1, 0);
    assertEquals(-Errno.ENOSPC.number(), g.write(full, "x"));
    long nil = g.call("open", "/dev/null", 2, 0);
    assertEquals(1, g.write(nil, "x"));
    assertEquals("", g.read(nil, 1));
    long random = g.call("open", "/dev/urandom", 0, 0);
    assertFalse(g.read(random, 16).equals(g.read(random, 16)));
    assertEquals(-Errno.ENXIO.number(), g.call("open", "/dev/tty", 2, 0));
    assertEquals("/proc/self/fd", link("/dev/fd"));
  }

  @Test
  void namesCannotBeMade() {
    assertEquals(-Errno.ENOENT.number(), g.call("mkdir", "/proc/x", 0755));
    assertEquals(-Errno.ENOENT.number(), g.call("open", "/proc/x", 0101, 0644));
    assertEquals(-Errno.EPERM.number(), g.call("unlink", "/proc/version"));
    assertEquals(-Errno.EPERM.number(), g.call("mkdir", "/sys/x", 0755));
  }

  @Test
  void pseudoTerminalsComeAndGo() {
    long master = g.call("open", "/dev/ptmx", 02 | 0400, 0);
    assertEquals(0, g.call("ioctl", master, 0x80045430L, Guest.BUFFER));
    int n = g.intAt(0);
    assertEquals(-Errno.EIO.number(), g.call("open", "/dev/pts/" + n, 02 | 0400, 0)); // locked
    g.task.memory().putInt(Guest.BUFFER, 0);
    assertEquals(0, g.call("ioctl", master, 0x40045431L, Guest.BUFFER));
    long slave = g.call("open", "/dev/pts/" + n, 02 | 0400, 0);
    assertEquals(6, g.write(master, "typed\n"));
    assertEquals("typed\n", g.read(slave, 100));
    assertEquals("typed\r\n", g.read(master, 100));
    assertEquals("/dev/pts/" + n, link("/proc/self/fd/" + slave));
    g.call("close", master);
    assertEquals("", g.read(slave, 1));
    assertEquals(-Errno.EIO.number(), g.write(slave, "x"));
    assertEquals("ENOENT", link("/dev/pts/" + n));
  }
}
