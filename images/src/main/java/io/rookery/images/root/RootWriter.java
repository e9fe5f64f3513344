package io.rookery.images.root;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/**
 * A new file system that is being filled. Paths are absolute, without {@code .}, {@code ..} or
 * symbolic links, and their parents exist; {@link RootTree} sees to that. Not thread-safe.
 */
public interface RootWriter extends Closeable {
  /**
   * What an inode carries besides its contents.
   *
   * @param mode permission bits with set-id and sticky bits, 07777
   */
  record Attributes(int mode, int uid, int gid, Instant modified) {
    /** The same with other permission bits. */
    Attributes withMode(int other) {
      return new Attributes(other, uid, gid, modified);
    }
  }

  /** Kinds of special file. */
  enum Special {
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    FIFO
  }

  /** Makes a directory. */
  void directory(String path, Attributes attributes) throws IOException;

  /** Makes a regular file of all bytes of a stream, which stays open. */
  void file(String path, Attributes attributes, InputStream contents) throws IOException;

  /** Makes a symbolic link. */
  void symlink(String path, String target, Attributes attributes) throws IOException;

  /** Gives an existing file a second name. */
  void hardLink(String path, String existing) throws IOException;

  /** Makes a device node or FIFO. */
  void special(String path, Special kind, int major, int minor, Attributes attributes)
      throws IOException;

  /** Sets what an existing inode carries. */
  void setAttributes(String path, Attributes attributes) throws IOException;

  /** Removes a name that is no directory. */
  void remove(String path) throws IOException;

  /** The contents of a regular file. */
  byte[] read(String path) throws IOException;
}
