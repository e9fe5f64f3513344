package io.rookery.ext2.check;

import io.rookery.ext2.FileType;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the inode pass found of the inodes, for the passes behind it. */
final class InodeTable {
  private static final int TYPE_MASK = 0xF;
  private static final int BAD = 0x10;
  private static final int LINKS_SHIFT = 8;

  private final PagedInts facts;
  private final PagedInts names;
  private final Map<Long, DirectoryFacts> directories = new LinkedHashMap<>();
  private PagedBits valueInodes = new PagedBits(0);
  private long count;

  InodeTable(long inodes) {
    facts = new PagedInts(inodes + 1);
    names = new PagedInts(inodes + 1);
  }

  void add(long inode, FileType type, int links) {
    facts.set(
        inode, type.entryCode() | links << LINKS_SHIFT | (type == FileType.UNKNOWN ? BAD : 0));
    count++;
  }

  /** Whether the inode is in use; its type is UNKNOWN if its mode makes no sense. */
  boolean isUsed(long inode) {
    return facts.get(inode) != 0;
  }

  FileType type(long inode) {
    return FileType.ofEntryCode(facts.get(inode) & TYPE_MASK);
  }

  /** The count of names that the inode says. */
  int links(long inode) {
    return facts.get(inode) >>> LINKS_SHIFT;
  }

  void addName(long inode) {
    names.increment(inode);
  }

  /** How many directory entries name the inode. */
  int names(long inode) {
    return names.get(inode);
  }

  void addDirectory(DirectoryFacts directory) {
    directories.put(directory.inode, directory);
  }

  Map<Long, DirectoryFacts> directories() {
    return directories;
  }

  void setValueInodes(PagedBits inodes) {
    valueInodes = inodes;
  }

  /** Whether the inode holds the value of an attribute, and so has no name. */
  boolean holdsValue(long inode) {
    return valueInodes.get(inode);
  }

  long count() {
    return count;
  }
}
