package io.rookery.ext2;

import java.io.IOException;

/**
 * A file of a mounted volume, whatever its names. There is one object per file: two lookups give
 * the same one for as long as somebody holds it. Safe for use by many threads.
 *
 * <p>Holding the object does not keep the file's contents once its last name is gone; {@link
 * #retain} does. Using the handle of a deleted file is {@link Ext2Exception.Reason#ESTALE}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Ext2Inode {

  private final long number;

  Ext2Inode(long number) {
    this.number = number;
  }

  /** The inode's number, unique among the volume's existing files; the root is 2. */
  public long number() {
    return number;
  }

  /** The file's type; it never changes. */
  public FileType type() {
    throw new UnsupportedOperationException();
  }

  public boolean isDirectory() {
    return type() == FileType.DIRECTORY;
  }

  /** The length in bytes. */
  public long size() {
    throw new UnsupportedOperationException();
  }

  /** Everything stat(2) wants, consistent in itself; never touches the device. */
  public Ext2Attributes attributes() {
    throw new UnsupportedOperationException();
  }

  /**
   * Counts one more user (an open file, a mapping): the file's contents stay when its last name
   * goes. Each call is paired with one {@link #release}.
   *
   * @throws Ext2Exception ESTALE if the file is already gone
   */
  public void retain() throws Ext2Exception {
    throw new UnsupportedOperationException();
  }

  /** Counts one user less; the last one of a file without names frees it. */
  public void release() throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public String toString() {
    return "inode " + number;
  }
}
