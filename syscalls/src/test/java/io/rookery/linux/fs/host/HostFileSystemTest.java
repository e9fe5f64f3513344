package io.rookery.linux.fs.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.fs.StandardTree;
import io.rookery.linux.kernel.TestKernel;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Timespec;
import io.rookery.mmu.Frame;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class HostFileSystemTest {
  @TempDir Path temporary;
  private Path shared;
  private TestKernel machine;
  private HostFileSystem fs;
  private Inode root;
  private int uid;
  private int gid;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(HostAttributes.UNIX);
    shared = Files.createDirectory(temporary.resolve("shared")).toRealPath();
    uid = (int) Files.getAttribute(shared, "unix:uid");
    gid = (int) Files.getAttribute(shared, "unix:gid");
    machine = new TestKernel();
    fs = HostFileSystem.open(machine.vfs, shared, HostIds.SAME);
    root = fs.root();
  }

  @AfterEach
  void close() {
    fs.close();
    machine.close();
  }

  private static Inode child(Inode directory, String name) {
    return Objects.requireNonNull(directory.lookup(Name.of(name)), name);
  }

  private Inode create(Inode directory, String name, int mode) {
    return directory.create(Name.of(name), FileMode.S_IFREG | mode, uid, gid, 0);
  }

  private static void write(Inode file, long position, String text) {
    file.opened();
    try {
      byte[] bytes = text.getBytes(UTF_8);
      assertEquals(bytes.length, file.write(position, bytes, 0, bytes.length));
    } finally {
      file.closed();
    }
  }

  private static String read(Inode file) {
    file.opened();
    try {
      byte[] bytes = new byte[100];
      return new String(bytes, 0, file.read(0, bytes, 0, bytes.length), UTF_8);
    } finally {
      file.closed();
    }
  }

  private static void assertErrno(Errno expected, Executable action) {
    assertEquals(expected, assertThrows(ErrnoException.class, action).errno());
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void changesAreTheHosts() throws IOException {
    Inode directory = root.mkdir(Name.of("d"), 0751, uid, gid);
    assertEquals(FileMode.S_IFDIR | 0751, mode(shared.resolve("d")));
    Inode file = create(directory, "f", 0642);
    assertEquals(FileMode.S_IFREG | 0642, mode(shared.resolve("d/f")));
    write(file, 0, "hello world");
    file.truncate(5);
    assertEquals("hello", Files.readString(shared.resolve("d/f")));
    file.truncate(7);
    assertArrayEquals(
        new byte[] {'h', 'e', 'l', 'l', 'o', 0, 0}, Files.readAllBytes(shared.resolve("d/f")));
    file.opened();
    assertEquals(new Inode.Appended(7, 1), file.append(new byte[] {'!'}, 0, 1));
    file.closed();
    assertEquals(8, Files.size(shared.resolve("d/f")));

    root.symlink(Name.of("s"), "d/f".getBytes(UTF_8), uid, gid);
    assertEquals(Path.of("d/f"), Files.readSymbolicLink(shared.resolve("s")));
    root.link(Name.of("hard"), file);
    assertEquals(2, file.stat().nlink());
    assertSame(file, root.lookup(Name.of("hard")));

    file.setAttributes(AttributeChange.mode(04710));
    assertEquals(FileMode.S_IFREG | 04710, mode(shared.resolve("hard")));
    Timespec a = new Timespec(1_000_000_000, 123_456_789);
    Timespec m = new Timespec(1_100_000_000, 987_654_321);
    file.setAttributes(AttributeChange.times(a, null));
    file.setAttributes(AttributeChange.times(null, m));
    assertEquals(a, file.stat().atime());
    assertEquals(m, file.stat().mtime());
    assertEquals(m.toInstant(), Files.getLastModifiedTime(shared.resolve("hard")).toInstant());

    directory.rename(Name.of("f"), file, root, Name.of("g"), null, false);
    assertFalse(Files.exists(shared.resolve("d/f")));
    assertNull(directory.lookup(Name.of("f")));
    assertSame(file, root.lookup(Name.of("g")));
    root.rmdir(Name.of("d"), directory);
    root.unlink(Name.of("s"), child(root, "s"));
    root.unlink(Name.of("hard"), file);
    assertEquals(1, file.stat().nlink());
    Set<String> names =
        root.list().stream().map(DirEntry::name).map(Name::toString).collect(Collectors.toSet());
    assertEquals(Set.of("g"), names);
    try (Stream<Path> left = Files.list(shared)) {
      assertEquals(List.of(shared.resolve("g")), left.toList());
    }
  }

  @Test
  void failuresOfTheHostAreErrnos() throws IOException {
    Inode d = root.mkdir(Name.of("d"), 0755, uid, gid);
    create(d, "f", 0644);
    assertErrno(Errno.ENOTEMPTY, () -> root.rmdir(Name.of("d"), d));
    assertErrno(Errno.EEXIST, () -> root.mkdir(Name.of("d"), 0755, uid, gid));
    assertErrno(Errno.EEXIST, () -> create(d, "f", 0644));
    Inode other = root.mkdir(Name.of("other"), 0755, uid, gid);
    assertErrno(
        Errno.ENOTEMPTY, () -> root.rename(Name.of("other"), other, root, Name.of("d"), d, false));
    assertErrno(Errno.EPERM, () -> root.create(Name.of("p"), FileMode.S_IFIFO | 0644, uid, gid, 0));
    assertErrno(Errno.EILSEQ, () -> create(root, "..", 0644));
    Files.delete(shared.resolve("d/f"));
    Files.delete(shared.resolve("d"));
    assertErrno(Errno.ENOENT, () -> create(d, "f", 0644));
  }

  @Test
  void anOpenFileOutlivesItsName() throws IOException {
    Inode file = create(root, "f", 0600);
    file.opened();
    write(file, 0, "old");
    root.unlink(Name.of("f"), file);
    assertEquals(0, file.stat().nlink());
    Files.writeString(shared.resolve("f"), "of another file");
    int before = mode(shared.resolve("f"));

    file.setAttributes(AttributeChange.mode(0)); // must not reach the new file of that name
    write(file, 3, "er");
    file.truncate(4);
    assertEquals("olde", read(file));
    assertEquals(4, file.size());
    assertEquals(before, mode(shared.resolve("f")));
    assertEquals("of another file", Files.readString(shared.resolve("f")));
    file.closed();
    assertErrno(Errno.ENOENT, file::opened);
  }

  @Test
  void aNewFileIsNotMistakenForTheOldOneOfItsNumber() throws IOException {
    for (int i = 0; i < 20; i++) { // the host gives the number of a deleted file out again
      Inode file = create(root, "f", 0600);
      PageSource pages = Objects.requireNonNull(file.pages());
      write(file, 0, "round " + i);
      file.opened();
      Frame frame = Objects.requireNonNull(pages.frame(0, false));
      byte[] start = new byte[8];
      frame.read(0, start, 0, 8);
      pages.unpin(frame);
      file.closed();
      assertEquals("round " + i, new String(start, UTF_8).trim());
      root.unlink(Name.of("f"), file);
    }
  }

  @Test
  void aHardLinkWorksWithoutTheFirstName() {
    Inode file = create(root, "a", 0644);
    root.link(Name.of("b"), file);
    root.unlink(Name.of("b"), file);
    write(file, 0, "1");
    root.link(Name.of("c"), file);
    root.unlink(Name.of("a"), file);
    write(file, 1, "2");
    file.setAttributes(AttributeChange.mode(0600));
    assertEquals("12", read(child(root, "c")));
    assertEquals(0600, child(root, "c").mode() & 0777);
  }

  @Test
  void aNewReadOnlyFileCanBeWrittenByItsCreator() {
    Inode file = create(root, "object", 0444);
    write(file, 0, "content"); // also where the JVM's user is not root
    assertEquals("content", read(file));
  }

  @Test
  void linksLeadNowhere() throws IOException {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createSymbolicLink(shared.resolve("link"), outside);
    Inode link = child(root, "link");
    assertTrue(link.isSymlink());
    assertErrno(Errno.ENOTDIR, () -> link.lookup(Name.of("secret")));
    assertArrayEquals(
        outside.toString().getBytes(UTF_8),
        Objects.requireNonNull(((HostInode) link)).readLink(task()));

    Files.createDirectory(shared.resolve("d"));
    Files.writeString(shared.resolve("d/secret"), "ours");
    Inode d = child(root, "d");
    Inode ours = child(d, "secret");
    Files.move(shared.resolve("d"), shared.resolve("moved"));
    Files.createSymbolicLink(shared.resolve("d"), outside); // behind the guest's back
    assertNull(d.lookup(Name.of("secret")));
    assertErrno(Errno.ENOENT, ours::opened);
    assertErrno(Errno.ENOENT, () -> create(d, "new", 0644));
    assertErrno(Errno.ENOENT, () -> d.unlink(Name.of("secret"), ours));
    assertErrno(Errno.ENOENT, () -> ours.setAttributes(AttributeChange.mode(0)));
    assertEquals(List.of(), d.list());
    assertEquals("secret", Files.readString(outside.resolve("secret")));
    assertFalse(Files.exists(outside.resolve("new")));
    assertEquals("ours", read(child(child(root, "moved"), "secret")));
  }

  @SuppressWarnings("NullAway") // readLink of host files does not ask for the task
  private static io.rookery.linux.kernel.Task task() {
    return null;
  }

  @Test
  void mappedChangesAreWrittenBack() throws IOException {
    Inode file = create(root, "f", 0644);
    write(file, 0, "x".repeat(5000));
    file.opened();
    PageSource pages = Objects.requireNonNull(file.pages());
    pages.mapped(2);
    Frame frame = Objects.requireNonNull(pages.frame(1, true));
    frame.write(100, "MAPPED".getBytes(UTF_8), 0, 6);
    file.closed();
    assertEquals("MAPPED", readThrough(file, 4196, 6)); // read(2) sees the mapping
    file.sync(false);
    assertEquals("MAPPED", Files.readString(shared.resolve("f")).substring(4196, 4202));
    frame.write(100, "second".getBytes(UTF_8), 0, 6);
    pages.dirtied(frame);
    pages.unpin(frame);
    pages.unmapped(2);
    assertEquals("second", Files.readString(shared.resolve("f")).substring(4196, 4202));
    assertEquals(5000, Files.size(shared.resolve("f")));

    Files.writeString(shared.resolve("f"), "by the host");
    file.opened();
    frame = Objects.requireNonNull(pages.frame(0, false));
    byte[] start = new byte[11];
    frame.read(0, start, 0, 11);
    pages.unpin(frame);
    file.closed();
    assertEquals("by the host", new String(start, UTF_8));
    assertEquals(11, pages.sizeBytes());
  }

  private static String readThrough(Inode file, long position, int length) {
    byte[] bytes = new byte[length];
    assertEquals(length, file.read(position, bytes, 0, length));
    return new String(bytes, UTF_8);
  }

  @Test
  void anInterruptDoesNotCloseTheFile() {
    Inode file = create(root, "f", 0644);
    file.opened();
    Thread.currentThread().interrupt();
    byte[] bytes = "bytes".getBytes(UTF_8);
    assertEquals(5, file.write(0, bytes, 0, 5));
    assertEquals(5, file.size());
    assertTrue(Thread.interrupted());
    assertEquals("bytes", readThrough(file, 0, 5));
    file.closed();
  }

  @Test
  void mountPointsAreNotMadeOnTheHost() throws IOException {
    Files.createDirectory(shared.resolve("proc"));
    var tree = StandardTree.create(machine.kernel, fs, "host");
    assertNull(StandardTree.mountAt(machine.kernel, tree, "/new/dir", machine.root, "x", 0));
    assertNotEquals(null, machine.vfs.find(tree, "/proc/self"));
    try (Stream<Path> left = Files.list(shared)) {
      assertEquals(List.of(shared.resolve("proc")), left.toList());
    }
  }
}
