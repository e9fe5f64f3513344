package io.rookery.linux.fs.host;

import io.rookery.linux.vfs.Name;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Names between guest bytes and host paths, which the JDK holds as text. */
public final class HostNames {
  private static final Charset CHARSET = hostCharset();

  private HostNames() {}

  private static Charset hostCharset() {
    String name = System.getProperty("sun.jnu.encoding", "UTF-8");
    return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
  }

  /** The host path of a child, or null when the host cannot express its name. */
  static @Nullable Path child(Path directory, Name name) {
    byte[] bytes = name.bytes();
    String text = new String(bytes, CHARSET);
    if (!Arrays.equals(text.getBytes(CHARSET), bytes)) {
      return null;
    }
    try {
      Path child = directory.resolve(text);
      boolean dots = text.equals(".") || text.equals("..");
      return !dots && directory.equals(child.getParent()) ? child : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** The bytes of a host path or link target. */
  static byte[] bytes(Path path) {
    return path.toString().getBytes(CHARSET);
  }

  /** The path for the target of a link, or null when the host cannot express it. */
  static @Nullable Path target(Path near, byte[] bytes) {
    String text = new String(bytes, CHARSET);
    if (!Arrays.equals(text.getBytes(CHARSET), bytes)) {
      return null;
    }
    try {
      return near.getFileSystem().getPath(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** The name of a directory entry. */
  static Name name(Path entry) {
    byte[] b = bytes(entry.getFileName() == null ? entry : entry.getFileName());
    return Name.of(b, 0, b.length);
  }
}
