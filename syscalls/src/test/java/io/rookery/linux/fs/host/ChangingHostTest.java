package io.rookery.linux.fs.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.linux.call.Guest;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.mmu.Frame;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The host changes files while a guest opens, reads, maps and runs them: whatever the guest opens
 * is what is there, though inode numbers come back and nothing but a time stamp may tell files
 * apart.
 */
class ChangingHostTest {
  private static final int ROUNDS = Boolean.getBoolean("rookery.full") ? 20_000 : 600;

  /** ext4 and tmpfs choose inode numbers differently. */
  private static Path directory(String place) throws IOException {
    Path p = Path.of(place);
    assumeTrue(HostAttributes.UNIX && Files.isWritable(p), place + " is not there");
    return Files.createTempDirectory(p, "changing").toRealPath();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  private static FileSystem open(Guest g, Path directory, boolean writable) throws IOException {
    return writable
        ? HostFileSystem.open(g.kernel.vfs, directory, HostIds.SAME)
        : MemoryFileSystem.overHost(g.kernel.vfs, directory, false);
  }

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String mapped(FileDescription file) throws IOException {
    PageSource pages = file.pages();
    assertNotNull(pages);
    Frame frame = pages.frame(0, false);
    assertNotNull(frame);
    try {
      byte[] bytes = new byte[(int) pages.sizeBytes()];
      frame.read(0, bytes, 0, bytes.length);
      return new String(bytes, UTF_8);
    } finally {
      pages.unpin(frame);
    }
  }

  private static void assertContent(String expected, Guest g, String path, String what)
      throws IOException {
    long fd = g.call("open", path, 0, 0);
    assertEquals(true, fd >= 0, () -> what + ": " + Errno.of((int) -fd));
    assertEquals(expected, g.read(fd, 4096), what);
    assertEquals(expected, mapped(g.task.files().get((int) fd)), what);
    g.call("close", fd);
    FileDescription run =
        g.kernel.vfs.openForExec(g.task, OpenFlags.AT_FDCWD, path.getBytes(UTF_8), 0);
    run.retain();
    assertEquals(expected, mapped(run), what);
    run.release();
  }

  @ParameterizedTest
  @CsvSource({"/tmp,false", "/tmp,true", "/dev/shm,false", "/dev/shm,true"})
  void whatIsOpenedIsWhatIsThere(String place, boolean writable) throws IOException {
    Path host = directory(place);
    try (Guest g = new Guest();
        FileSystemCloser closer = new FileSystemCloser(open(g, host, writable))) {
      g.enter(closer.fs());
      Random random = new Random(6);
      Instant time = Instant.now().minusSeconds(1000);
      Deque<Path> names = new ArrayDeque<>();
      for (int i = 0; i < ROUNDS; i++) {
        String text = "content " + random.nextInt(1000, 10_000);
        Path old = names.peekLast();
        Path next = old;
        int change = random.nextInt(7);
        String what = "round " + i + ", change " + change;
        if (old == null || change == 0) {
          next = host.resolve("p" + i);
          program(next, text);
          names.addLast(next);
        } else if (change == 1) { // the next file gets the inode number of the last one
          Files.delete(old);
          names.removeLast();
          next = host.resolve("p" + i);
          program(next, text);
          names.addLast(next);
        } else if (change == 2) { // the same under its old name
          Files.delete(old);
          program(old, text);
        } else if (change == 3) {
          Path fresh = host.resolve("fresh");
          program(fresh, text);
          Files.move(
              fresh, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } else if (change == 4) { // in place
          program(old, text);
        } else if (change == 5) { // as old and as long as before
          Path fresh = host.resolve("fresh");
          program(fresh, text);
          Files.setLastModifiedTime(fresh, FileTime.from(time));
          Files.delete(old);
          Files.move(fresh, old);
        } else { // one of two names of a file gets another one
          next = host.resolve("link" + i);
          Files.createLink(next, old);
          assertContent(Files.readString(old), g, "/" + next.getFileName(), what);
          program(host.resolve("fresh"), text);
          Files.move(host.resolve("fresh"), next, StandardCopyOption.REPLACE_EXISTING);
          names.addFirst(next);
        }
        assertContent(text, g, "/" + next.getFileName(), what);
        Path other = names.peekFirst();
        assertContent(Files.readString(other), g, "/" + other.getFileName(), what);
        if (names.size() > 40) {
          Files.delete(names.removeFirst());
        }
      }
    } finally {
      delete(host);
    }
  }

  /** A map of a deleted file's pages is not what another file of its inode number is made of. */
  @ParameterizedTest
  @CsvSource({"/tmp", "/dev/shm"})
  void changesMadeInMemoryStayWithTheirFile(String place) throws IOException {
    Path host = directory(place);
    try (Guest g = new Guest();
        FileSystemCloser closer = new FileSystemCloser(open(g, host, false))) {
      g.enter(closer.fs());
      for (int i = 0; i < 200; i++) {
        Path p = host.resolve("p" + i);
        program(p, "host");
        long fd = g.call("open", "/p" + i, 1, 0);
        assertEquals(5, g.write(fd, "guest"));
        g.call("close", fd);
        Files.delete(p);
        program(host.resolve("q" + i), "another");
        assertContent("another", g, "/q" + i, "round " + i);
        assertContent("guest", g, "/p" + i, "round " + i);
        Files.delete(host.resolve("q" + i));
      }
    } finally {
      delete(host);
    }
  }

  private record FileSystemCloser(FileSystem fs) implements AutoCloseable {
    @Override
    public void close() {
      fs.close();
    }
  }
}
