package io.rookery.ext2.layout;

/** A block of the file of orphans: inode numbers, 0 for none, and behind them a tail. */
public final class OrphanFileLayout {
  public static final int MAGIC_VALUE = 0x0B10CA04;

  /** Of the tail, which begins with the magic number. */
  public static final int CHECKSUM = 4;

  public static final int TAIL_SIZE = 8;

  private OrphanFileLayout() {}
}
