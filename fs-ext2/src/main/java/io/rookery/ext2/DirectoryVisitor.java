package io.rookery.ext2;

/** Receives the entries of a directory; see {@link Ext2FileSystem#list}. */
@FunctionalInterface
public interface DirectoryVisitor {

  /**
   * One entry. The directory is not locked meanwhile.
   *
   * @param name the entry's name; the array is the visitor's own
   * @param inode the inode's number
   * @param type the type noted in the entry, {@link FileType#UNKNOWN} where the volume notes none
   * @param nextCookie where to go on after this entry: getdents(2)'s {@code d_off}
   * @return false to stop; this entry then counts as not taken
   */
  boolean entry(byte[] name, long inode, FileType type, long nextCookie);
}
