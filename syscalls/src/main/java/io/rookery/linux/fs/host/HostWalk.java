package io.rookery.linux.fs.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Opens what lies below a directory of the host, component by component, each relative to the open
 * directory before it and without following a link (openat(2) with O_NOFOLLOW): nobody who renames
 * or replaces something on the way meanwhile can lead it outside.
 *
 * <p>Where the JDK has no {@code SecureDirectoryStream} (Windows), the file is opened by its path,
 * and the way to it looked at afterwards. So it is below directories that may be searched but not
 * read, if this process could not have put a link in place of one of them.
 */
final class HostWalk {
  private HostWalk() {}

  /** Opens an existing file, for reading or for writing. */
  static FileChannel open(Path root, Path file, StandardOpenOption access) throws IOException {
    Set<OpenOption> options = Set.of(access, LinkOption.NOFOLLOW_LINKS);
    Path name = file.getFileName();
    Path parent = file.getParent();
    if (name == null || parent == null || file.equals(root)) {
      throw new NoSuchFileException(file.toString());
    }
    try (SecureDirectoryStream<Path> directory = openDirectory(root, parent)) {
      if (directory != null) {
        SeekableByteChannel channel = directory.newByteChannel(name, options);
        if (channel instanceof FileChannel result) {
          return result;
        }
        channel.close();
      }
    } catch (AccessDeniedException e) {
      requireFixed(root, parent, e); // by its path, which needs less
    }
    FileChannel channel = FileChannel.open(file, options);
    if (!parent.toRealPath().equals(parent)) {
      channel.close();
      throw new NoSuchFileException(file.toString());
    }
    return channel;
  }

  /** What is in a directory. */
  static List<Path> list(Path root, Path directory) throws IOException {
    try (SecureDirectoryStream<Path> entries = openDirectory(root, directory)) {
      if (entries != null) {
        return all(entries);
      }
    } catch (AccessDeniedException e) {
      requireFixed(root, directory, e);
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      List<Path> all = all(entries);
      if (!directory.toRealPath().equals(directory)) {
        throw new NoSuchFileException(directory.toString());
      }
      return all;
    }
  }

  /**
   * Refuses directories that a guest could exchange while its path is in use. It cannot where all
   * above them are root's and not writable: this process, which is refused reading, is not root.
   */
  private static void requireFixed(Path root, Path directory, AccessDeniedException denied)
      throws IOException {
    for (Path at = directory; !at.equals(root); ) {
      at = Objects.requireNonNull(at.getParent());
      if (Files.isWritable(at)
          || !Files.getOwner(at, LinkOption.NOFOLLOW_LINKS).getName().equals("root")) {
        throw denied;
      }
    }
  }

  private static List<Path> all(DirectoryStream<Path> entries) throws IOException {
    List<Path> all = new ArrayList<>();
    try {
      entries.forEach(all::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return all;
  }

  /** A directory below the root, or null where the JDK cannot walk to it safely. */
  @SuppressWarnings("StreamResourceLeak") // the caller closes what is returned
  private static @Nullable SecureDirectoryStream<Path> openDirectory(Path root, Path directory)
      throws IOException {
    DirectoryStream<Path> start = Files.newDirectoryStream(root);
    if (!(start instanceof SecureDirectoryStream<Path> at)) {
      start.close();
      return null;
    }
    if (!directory.equals(root)) {
      for (Path name : root.relativize(directory)) {
        try (SecureDirectoryStream<Path> above = at) {
          at = above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
    return at;
  }
}
