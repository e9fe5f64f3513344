package io.rookery.ext2.nio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.ProviderMismatchException;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Files} and {@link Path} promise, on an image. */
class ImageFileSystemTest {
  @TempDir Path folder;

  private final BlockDevice device = BlockDevices.memory(16 << 20);
  private Ext2FileSystem volume;
  private FileSystem fs;

  @BeforeEach
  void open() throws IOException {
    Ext2.format(device, FormatOptions.defaults().withBlockSize(1024));
    volume = Ext2FileSystem.open(device, MountOptions.readWrite());
    fs = Ext2FileSystemProvider.wrap(volume);
  }

  @AfterEach
  void close() throws IOException {
    fs.close();
    volume.close();
    assertEquals(List.of(), Ext2.check(device).problems());
  }

  private Path path(String text) {
    return fs.getPath(text);
  }

  // Paths

  @ParameterizedTest
  @CsvSource({
    "/a/b/c, /a/b, c, 3",
    "a/b, a, b, 2",
    "a, , a, 1",
    "/a, /, a, 1",
    "/, , , 0",
    "'', , '', 1",
    "//a///b/, /a, b, 2"
  })
  void pathsHaveParts(String text, String parent, String name, int count) {
    Path path = path(text);
    assertEquals(parent, path.getParent() == null ? null : path.getParent().toString());
    assertEquals(name, path.getFileName() == null ? null : path.getFileName().toString());
    assertEquals(count, path.getNameCount());
    assertEquals(text.startsWith("/"), path.isAbsolute());
    assertEquals(text.startsWith("/") ? path("/") : null, path.getRoot());
  }

  @ParameterizedTest
  @CsvSource({
    "/a/./b/../c, /a/c",
    "../a, ../a",
    "/../a, /a",
    "a/.., ''",
    "a/../../b, ../b",
    ".., .."
  })
  void pathsAreNormalized(String text, String expected) {
    assertEquals(path(expected), path(text).normalize());
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b, /a/c/d, ../c/d",
    "/a, /a, ''",
    "a, a/b, b",
    "'', a, a",
    "a/b, c, ../../c",
    "/, /a, a"
  })
  void pathsAreRelativized(String from, String to, String expected) {
    assertEquals(path(expected), path(from).relativize(path(to)));
    assertEquals(path(to), path(from).resolve(path(expected)).normalize());
  }

  @Test
  void pathsResolveAndCompare() {
    assertEquals(path("/a/b"), path("/a").resolve("b"));
    assertEquals(path("/b"), path("/a").resolve("/b"));
    assertEquals(path("/a"), path("/a").resolve(""));
    assertEquals(path("/c"), path("/a").resolveSibling("c"));
    assertTrue(path("/a/b").startsWith("/a"));
    assertFalse(path("/ab").startsWith("/a"));
    assertFalse(path("/a").startsWith("a"));
    assertTrue(path("/a/b").endsWith("b"));
    assertFalse(path("/a/b").endsWith("/b"));
    assertTrue(path("a").compareTo(path("b")) < 0);
    assertEquals(path("/a").hashCode(), path("/a/").hashCode());
    assertFalse(path("/a").equals(Path.of("/a")));
    assertEquals(path("b/c"), path("/a/b/c").subpath(1, 3));
    assertThrows(IllegalArgumentException.class, () -> path("/a").subpath(0, 2));
    assertThrows(ProviderMismatchException.class, () -> path("/a").resolve(Path.of("b")));
    assertThrows(UnsupportedOperationException.class, () -> path("/a").toFile());
    assertThrows(IllegalArgumentException.class, () -> path("a\0b"));
  }

  @ParameterizedTest
  @CsvSource({
    "glob:*.java, A.java, true",
    "glob:*.java, a/A.java, false",
    "glob:**.java, a/A.java, true",
    "'glob:{a,b}?', bx, true",
    "glob:[a-c]*, bob, true",
    "glob:[!a-c]*, bob, false",
    "glob:a\\*, a*, true",
    "glob:/x/**, /x/y/z, true",
    "regex:a+, aaa, true"
  })
  void matches(String pattern, String text, boolean expected) {
    assertEquals(expected, fs.getPathMatcher(pattern.replace("\\\\", "\\")).matches(path(text)));
  }

  // Files

  @Test
  void filesAreWrittenAndRead() throws IOException {
    Path file = path("/dir/file");
    assertThrows(NoSuchFileException.class, () -> Files.writeString(file, "x"));
    Files.createDirectories(path("/dir"));
    Files.writeString(file, "hello");
    assertEquals("hello", Files.readString(file));
    Files.writeString(file, " world", StandardOpenOption.APPEND);
    assertEquals("hello world", Files.readString(file));
    Files.writeString(file, "new");
    assertEquals("new", Files.readString(file));
    assertThrows(
        FileAlreadyExistsException.class,
        () ->
            Files.writeString(file, "x", StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    byte[] large = new byte[3_000_000];
    new Random(1).nextBytes(large);
    Files.write(file, large);
    assertArrayEquals(large, Files.readAllBytes(file));
    assertEquals(large.length, Files.size(file));
    assertThrows(FileSystemException.class, () -> Files.readAllBytes(path("/dir")));
  }

  @Test
  @SuppressWarnings("try") // closed twice on purpose
  void channelsSeekTruncateAndClose() throws IOException {
    Path file = path("/file");
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertEquals(5, channel.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8))));
      channel.position(1_000_000);
      channel.write(ByteBuffer.wrap(new byte[] {7}));
      assertEquals(1_000_001, channel.size());
      channel.position(4);
      ByteBuffer two = ByteBuffer.allocate(2);
      assertEquals(2, channel.read(two));
      assertArrayEquals(new byte[] {'o', 0}, two.array());
      channel.truncate(3);
      assertEquals(3, channel.position());
      assertEquals(-1, channel.read(two.clear()));
      assertThrows(IllegalArgumentException.class, () -> channel.position(-1));
      channel.close();
      assertThrows(ClosedChannelException.class, () -> channel.read(two));
      assertFalse(channel.isOpen());
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      assertThrows(NonWritableChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
      assertThrows(NonWritableChannelException.class, () -> channel.truncate(1));
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      assertThrows(NonReadableChannelException.class, () -> channel.read(ByteBuffer.allocate(1)));
    }
    Files.newByteChannel(file, StandardOpenOption.DELETE_ON_CLOSE).close();
    assertFalse(Files.exists(file));
  }

  @Test
  void deletedFilesCanBeUsedWhileOpen() throws IOException {
    Path file = path("/file");
    Files.writeString(file, "still here");
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      Files.delete(file);
      ByteBuffer data = ByteBuffer.allocate(20);
      assertEquals(10, channel.read(data));
    }
    assertThrows(NoSuchFileException.class, () -> Files.delete(file));
    assertFalse(Files.deleteIfExists(file));
  }

  @Test
  void directoriesAreListed() throws IOException {
    for (int i = 0; i < 1000; i++) {
      Files.createFile(path("/name" + i));
    }
    try (Stream<Path> list = Files.list(path("/"))) {
      assertEquals(1001, list.count());
    }
    try (DirectoryStream<Path> some = Files.newDirectoryStream(path("/"), "name99?")) {
      List<Path> found = new ArrayList<>();
      some.forEach(found::add);
      assertEquals(10, found.size());
      assertTrue(found.contains(path("/name990")));
      assertThrows(IllegalStateException.class, some::iterator);
    }
    try (Stream<Path> relative = Files.list(path(""))) {
      assertTrue(relative.anyMatch(path("name7")::equals));
    }
    assertThrows(NotDirectoryException.class, () -> Files.list(path("/name1")));
    assertThrows(FileSystemException.class, () -> Files.delete(path("/")));
  }

  @Test
  void treesAreWalkedAndDeleted() throws IOException {
    Files.createDirectories(path("/a/b/c"));
    Files.writeString(path("/a/b/file"), "x");
    Files.createSymbolicLink(path("/a/up"), path(".."));
    List<String> seen = new ArrayList<>();
    Files.walkFileTree(
        path("/a"),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            seen.add(file.toString());
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
    assertEquals(Set.of("/a/b/file", "/a/up"), Set.copyOf(seen));
    assertFalse(Files.exists(path("/a")));
  }

  @Test
  void linksAreFollowedWithinTheImage() throws IOException {
    Files.createDirectories(path("/dir/sub"));
    Files.writeString(path("/dir/file"), "x");
    Files.createSymbolicLink(path("/absolute"), path("/dir"));
    Files.createSymbolicLink(path("/dir/sub/up"), path("../file"));
    Files.createSymbolicLink(path("/out"), path("../../../../dir"));
    assertEquals("x", Files.readString(path("/absolute/file")));
    assertEquals("x", Files.readString(path("/absolute/sub/up")));
    assertEquals("x", Files.readString(path("/out/file")));
    assertEquals(path("/dir/file"), path("/absolute/sub/up").toRealPath());
    assertEquals(
        path("/dir/sub/up"), path("absolute/sub/up").toRealPath(LinkOption.NOFOLLOW_LINKS));
    assertEquals(path("../file"), Files.readSymbolicLink(path("/dir/sub/up")));
    assertTrue(Files.isSymbolicLink(path("/absolute")));
    assertTrue(Files.isDirectory(path("/absolute")));
    assertFalse(Files.isDirectory(path("/absolute"), LinkOption.NOFOLLOW_LINKS));
    assertTrue(Files.isSameFile(path("/absolute/file"), path("/dir/file")));
    Files.createSymbolicLink(path("/loop"), path("loop"));
    assertThrows(FileSystemLoopException.class, () -> Files.readString(path("/loop")));
    assertThrows(NotLinkException.class, () -> Files.readSymbolicLink(path("/dir")));
    Files.createSymbolicLink(path("/dangling"), path("nothing"));
    assertThrows(NoSuchFileException.class, () -> Files.readString(path("/dangling")));
    Files.writeString(path("/dangling"), "made"); // as open(2) with O_CREAT
    assertEquals("made", Files.readString(path("/nothing")));
    Files.createLink(path("/second"), path("/dir/file"));
    assertEquals(2, Files.getAttribute(path("/second"), "unix:nlink"));
  }

  @Test
  void filesAreCopied() throws IOException {
    Path file = path("/file");
    Files.writeString(file, "text");
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_000_000_000)));
    Files.copy(file, path("/copy"), StandardCopyOption.COPY_ATTRIBUTES);
    assertEquals("text", Files.readString(path("/copy")));
    assertEquals(Files.getLastModifiedTime(file), Files.getLastModifiedTime(path("/copy")));
    assertThrows(FileAlreadyExistsException.class, () -> Files.copy(file, path("/copy")));
    Files.writeString(file, "other");
    Files.copy(file, path("/copy"), StandardCopyOption.REPLACE_EXISTING);
    assertEquals("other", Files.readString(path("/copy")));
    Files.createSymbolicLink(path("/link"), file);
    Files.copy(path("/link"), path("/link2"), LinkOption.NOFOLLOW_LINKS);
    assertEquals(file, Files.readSymbolicLink(path("/link2")));
    Path outside = folder.resolve("outside");
    Files.copy(file, outside);
    assertEquals("other", Files.readString(outside));
    Files.writeString(outside, "back");
    Files.copy(outside, file, StandardCopyOption.REPLACE_EXISTING);
    assertEquals("back", Files.readString(file));
    Files.createDirectories(path("/dir/full"));
    assertThrows(
        DirectoryNotEmptyException.class,
        () -> Files.copy(file, path("/dir"), StandardCopyOption.REPLACE_EXISTING));
  }

  @Test
  void filesAreMoved() throws IOException {
    Files.writeString(path("/a"), "a");
    Files.createDirectories(path("/dir/sub"));
    Files.move(path("/a"), path("/dir/b"));
    assertEquals("a", Files.readString(path("/dir/b")));
    assertFalse(Files.exists(path("/a")));
    Files.writeString(path("/c"), "c");
    assertThrows(FileAlreadyExistsException.class, () -> Files.move(path("/c"), path("/dir/b")));
    Files.move(path("/c"), path("/dir/b"), StandardCopyOption.ATOMIC_MOVE);
    assertEquals("c", Files.readString(path("/dir/b")));
    assertThrows(FileSystemException.class, () -> Files.move(path("/dir"), path("/dir/sub/x")));
    Files.move(path("/dir"), path("/moved"));
    assertTrue(Files.isDirectory(path("/moved/sub")));
    BlockDevice other = BlockDevices.memory(4 << 20);
    Ext2.format(other, FormatOptions.defaults());
    try (Ext2FileSystem files = Ext2FileSystem.open(other, MountOptions.readWrite());
        FileSystem second = Ext2FileSystemProvider.wrap(files)) {
      Files.move(path("/moved/b"), second.getPath("/b"));
      assertEquals("c", Files.readString(second.getPath("/b")));
      assertFalse(Files.exists(path("/moved/b")));
    }
  }

  @Test
  void attributesAreReadAndSet() throws IOException {
    Path file =
        Files.createFile(
            path("/file"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
    PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
    assertEquals("rw-r-----", PosixFilePermissions.toString(attributes.permissions()));
    assertEquals("0", attributes.owner().getName());
    assertTrue(attributes.isRegularFile());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertTrue(Files.isExecutable(file));
    Files.setOwner(file, fs.getUserPrincipalLookupService().lookupPrincipalByName("1000"));
    Files.getFileAttributeView(file, PosixFileAttributeView.class)
        .setGroup(fs.getUserPrincipalLookupService().lookupPrincipalByGroupName("4000000000"));
    Map<String, Object> unix = Files.readAttributes(file, "unix:mode,uid,gid,nlink,ino");
    assertEquals(0100755, unix.get("mode"));
    assertEquals(1000, unix.get("uid"));
    assertEquals((int) 4_000_000_000L, unix.get("gid"));
    assertEquals(1, unix.get("nlink"));
    Files.setAttribute(file, "unix:mode", 04711);
    assertEquals(0104711, Files.getAttribute(file, "unix:mode"));
    FileTime time = FileTime.from(Instant.ofEpochSecond(1_234_567_890, 123_456_789));
    Files.setLastModifiedTime(file, time);
    assertEquals(time, Files.getLastModifiedTime(file));
    assertEquals(9, Files.readAttributes(file, "*").size());
    assertEquals(20, Files.readAttributes(file, "unix:*").size());
    assertThrows(UnsupportedOperationException.class, () -> Files.readAttributes(file, "dos:*"));
    assertThrows(IllegalArgumentException.class, () -> Files.readAttributes(file, "colour"));
    assertEquals("ext2", Files.getFileStore(file).type());
    assertTrue(Files.getFileStore(file).getUsableSpace() > 10 << 20);
    assertTrue(Files.isHidden(path("/.x")));
    assertEquals(
        Set.of("basic", "owner", "posix", "unix", "user"), fs.supportedFileAttributeViews());
  }

  @Test
  void userAttributes() throws IOException {
    Path file = Files.createFile(path("/file"));
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    assertNotNull(view);
    view.write("colour", ByteBuffer.wrap("blue".getBytes(StandardCharsets.UTF_8)));
    assertEquals(List.of("colour"), view.list());
    ByteBuffer value = ByteBuffer.allocate(view.size("colour"));
    assertEquals(4, view.read("colour", value));
    view.delete("colour");
    assertEquals(List.of(), view.list());
    assertThrows(IOException.class, () -> view.size("colour"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "\u00e4\u00f6", "\ud83d\ude00", "\udcff\udc80x", "a\udcc3"})
  void namesOfAnyBytes(String name) throws IOException {
    Files.writeString(path("/" + name), "x");
    try (Stream<Path> list = Files.list(path("/"))) {
      assertTrue(list.anyMatch(path("/" + name)::equals), name);
    }
  }

  @Test
  void everyByteStringIsAName() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] name = new byte[random.nextInt(8)];
      random.nextBytes(name);
      assertArrayEquals(name, Names.encode(Names.decode(name)));
    }
  }

  @Test
  void manyThreads() {
    IntStream.range(0, 8)
        .parallel()
        .forEach(
            i -> {
              try {
                Files.createDirectory(path("/d" + i));
                for (int j = 0; j < 50; j++) {
                  Files.writeString(path("/d" + i + "/" + j), "x".repeat(j));
                }
                try (Stream<Path> list = Files.list(path("/d" + i))) {
                  assertEquals(50, list.count());
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
  }

  // File systems

  private Path image() throws IOException {
    Path image = folder.resolve("disk.ext2");
    try (BlockDevice made = BlockDevices.createFile(image, 4 << 20)) {
      Ext2.format(made, FormatOptions.defaults());
    }
    return image;
  }

  @Test
  @SuppressWarnings("try") // closed twice on purpose
  void imagesAreOpenedByPath() throws IOException {
    Path image = image();
    try (FileSystem disk = FileSystems.newFileSystem(image, Map.of())) {
      Files.writeString(disk.getPath("/file"), "kept");
      assertTrue(disk.isOpen());
    }
    try (FileSystem disk = FileSystems.newFileSystem(image, Map.of("readOnly", "true"))) {
      assertTrue(disk.isReadOnly());
      Path file = disk.getPath("/file");
      assertEquals("kept", Files.readString(file));
      assertFalse(Files.isWritable(file));
      assertThrows(ReadOnlyFileSystemException.class, () -> Files.writeString(file, "x"));
      assertThrows(ReadOnlyFileSystemException.class, () -> Files.delete(file));
      disk.close();
      assertThrows(ClosedFileSystemException.class, () -> Files.readString(file));
      assertFalse(disk.isOpen());
    }
  }

  @Test
  void imagesAreOpenedByUri() throws IOException {
    Path image = image();
    URI uri = URI.create("ext2:" + image.toUri());
    assertThrows(FileSystemNotFoundException.class, () -> FileSystems.getFileSystem(uri));
    try (FileSystem disk = FileSystems.newFileSystem(uri, Map.of())) {
      assertEquals(disk, FileSystems.getFileSystem(uri));
      assertThrows(
          FileSystemAlreadyExistsException.class, () -> FileSystems.newFileSystem(uri, Map.of()));
      Path file = disk.getPath("/a file");
      Files.writeString(file, "x");
      assertEquals(file, Paths.get(file.toUri()));
      assertEquals("x", Files.readString(Path.of(URI.create(uri + "!/a%20file"))));
    }
    assertThrows(FileSystemNotFoundException.class, () -> FileSystems.getFileSystem(uri));
    assertThrows(
        IllegalArgumentException.class,
        () -> FileSystems.newFileSystem(URI.create("ext2:nothing"), Map.of()));
  }

  @Test
  void unknownViewsAreNull() {
    assertNull(Files.getFileAttributeView(path("/"), DosFileAttributeView.class));
    assertThrows(UnsupportedOperationException.class, () -> fs.newWatchService());
  }

  @Test
  void urisOfUnusualNamesLeadBack() throws IOException {
    Path file = folder.resolve("a disk! 50%.ext2");
    Files.move(image(), file);
    URI uri = URI.create("ext2:" + file.toUri().toString().replace("!", "%21"));
    try (FileSystem disk = FileSystems.newFileSystem(uri, Map.of())) {
      for (String name : List.of("/plain", "/with space", "/50%", "/a!b", "/a#b?c", "/käse")) {
        Path made = Files.writeString(disk.getPath(name), name);
        assertEquals(made, Path.of(made.toUri()), made.toUri().toString());
        assertEquals(name, Files.readString(Path.of(made.toUri())));
      }
    }
  }
}
