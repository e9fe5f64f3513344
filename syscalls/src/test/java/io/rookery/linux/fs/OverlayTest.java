package io.rookery.linux.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.linux.call.Guest;
import io.rookery.linux.errno.Errno;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host directory with changes kept in memory. */
class OverlayTest {
  @TempDir Path host;
  private final Guest g = new Guest();

  @BeforeEach
  void enter() throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("unix"));
    Files.createDirectories(host.resolve("d/e"));
    Files.writeString(host.resolve("d/f"), "host content");
    Files.writeString(host.resolve("d/e/g"), "deep");
    Files.createLink(host.resolve("hard"), host.resolve("d/f"));
    g.enter(MemoryFileSystem.overHost(g.kernel.vfs, host, false));
  }

  @AfterEach
  void close() {
    g.close();
  }

  private String content(String path) {
    long fd = g.call("open", path, 0, 0);
    if (fd < 0) {
      return String.valueOf(Errno.of((int) -fd));
    }
    String text = g.read(fd, 1000);
    g.call("close", fd);
    return text;
  }

  private void write(String path, String text, int flags) {
    long fd = g.call("open", path, flags, 0644);
    assertEquals(text.length(), g.write(fd, text));
    g.call("close", fd);
  }

  @Test
  void changesStayInMemory() throws IOException {
    write("/d/f", "GUEST", 1);
    assertEquals("GUESTcontent", content("/d/f"));
    assertEquals("GUESTcontent", content("/hard")); // the other name of the same file
    assertEquals("host content", Files.readString(host.resolve("d/f")));
    assertEquals(0, g.call("unlink", "/d/f"));
    assertEquals("ENOENT", content("/d/f"));
    assertEquals("GUESTcontent", content("/hard"));
    assertTrue(Files.exists(host.resolve("d/f")));
    write("/d/f", "new", 0101);
    assertEquals("new", content("/d/f"));
    assertEquals("GUESTcontent", content("/hard"));
  }

  @Test
  void directoriesMoveWithTheirHostContent() {
    assertEquals(0, g.call("rename", "/d", "/moved"));
    assertEquals("deep", content("/moved/e/g"));
    assertEquals("ENOENT", content("/d/f"));
    assertEquals(0, g.call("mkdir", "/d", 0755));
    assertEquals("ENOENT", content("/d/f")); // the new directory is empty
    assertEquals(-Errno.ENOTEMPTY.number(), g.call("rmdir", "/moved/e"));
    g.call("unlink", "/moved/e/g");
    assertEquals(0, g.call("rmdir", "/moved/e"));
    assertTrue(Files.exists(host.resolve("d/e/g")));
  }

  @Test
  void attributesAreCopiedUp() throws IOException {
    Object before = Files.getAttribute(host.resolve("d/f"), "unix:mode");
    assertEquals(0, g.call("chmod", "/d/f", 0600));
    g.call("stat", "/hard", Guest.BUFFER);
    assertEquals(0100600, g.intAt(24));
    assertEquals(before, Files.getAttribute(host.resolve("d/f"), "unix:mode"));
  }

  @Test
  void truncatedAndGrownFilesReadZeros() {
    assertEquals(0, g.call("truncate", "/d/f", 4));
    assertEquals(0, g.call("truncate", "/d/f", 6));
    assertEquals("host\0\0", content("/d/f"));
  }

  @Test
  void changesOnTheHostAreSeenWhereTheGuestChangedNothing() throws Exception {
    assertEquals("host content", content("/d/f"));
    assertEquals("ENOENT", content("/late"));
    Files.writeString(host.resolve("d/f"), "changed on the host");
    Files.writeString(host.resolve("late"), "now");
    Thread.sleep(1100); // what is known of the host is believed for a second
    assertEquals("changed on the host", content("/d/f"));
    assertEquals("now", content("/late"));
  }

  @Test
  void linksOfTheHostStayInside() throws IOException {
    Files.createSymbolicLink(host.resolve("out"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(host.resolve("up"), Path.of("../../../../etc/passwd"));
    Files.createSymbolicLink(host.resolve("in"), Path.of("/d/f"));
    assertEquals("ENOENT", content("/out"));
    assertEquals("ENOENT", content("/up"));
    assertEquals("host content", content("/in")); // its root is the guest's
    assertEquals("host content", content("/../../d/f"));
  }

  @Test
  void readOnlyRefusesEverything() throws IOException {
    g.enter(MemoryFileSystem.overHost(g.kernel.vfs, host, true));
    long erofs = -Errno.EROFS.number();
    assertEquals(erofs, g.call("open", "/d/f", 1, 0));
    assertEquals(erofs, g.call("open", "/new", 0101, 0644));
    assertEquals(erofs, g.call("unlink", "/d/f"));
    assertEquals(erofs, g.call("mkdir", "/n", 0755));
    assertEquals(-Errno.EEXIST.number(), g.call("mkdir", "/d", 0755));
    assertEquals(erofs, g.call("chmod", "/d/f", 0600));
    assertEquals(erofs, g.call("rename", "/d/f", "/d/x"));
    assertEquals(erofs, g.call("access", "/d/f", 2));
    assertEquals("host content", content("/d/f"));
  }

  @Test
  void mappedPagesAndWritesAgree() throws IOException {
    long fd = g.call("open", "/d/f", 2, 0);
    var file = g.task.files().get((int) fd);
    var pages = file.pages();
    var frame = pages.frame(0, false);
    byte[] b = new byte[4];
    frame.read(0, b, 0, 4);
    assertEquals("host", new String(b, java.nio.charset.StandardCharsets.US_ASCII));
    g.write(fd, "HOST");
    frame.read(0, b, 0, 4);
    assertEquals("HOST", new String(b, java.nio.charset.StandardCharsets.US_ASCII));
    pages.unpin(frame);
    assertNull(pages.frame(1, false));
    assertFalse(Files.readString(host.resolve("d/f")).startsWith("HOST"));
  }
}
