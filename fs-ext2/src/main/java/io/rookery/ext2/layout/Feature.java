package io.rookery.ext2.layout;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** The superblock's feature flags, named as dumpe2fs(8) does. */
public enum Feature {
  DIR_PREALLOC(Kind.COMPAT, 0x1, Support.WRITE),
  IMAGIC_INODES(Kind.COMPAT, 0x2, Support.WRITE),
  HAS_JOURNAL(Kind.COMPAT, 0x4, Support.WRITE),
  EXT_ATTR(Kind.COMPAT, 0x8, Support.WRITE),
  RESIZE_INODE(Kind.COMPAT, 0x10, Support.WRITE),
  DIR_INDEX(Kind.COMPAT, 0x20, Support.WRITE),
  SPARSE_SUPER2(Kind.COMPAT, 0x200, Support.WRITE),
  FAST_COMMIT(Kind.COMPAT, 0x400, Support.WRITE),
  STABLE_INODES(Kind.COMPAT, 0x800, Support.WRITE),
  ORPHAN_FILE(Kind.COMPAT, 0x1000, Support.WRITE),
  COMPRESSION(Kind.INCOMPAT, 0x1, Support.NONE),
  FILETYPE(Kind.INCOMPAT, 0x2, Support.WRITE),
  NEEDS_RECOVERY(Kind.INCOMPAT, 0x4, Support.WRITE),
  JOURNAL_DEV(Kind.INCOMPAT, 0x8, Support.NONE),
  META_BG(Kind.INCOMPAT, 0x10, Support.WRITE),
  EXTENT(Kind.INCOMPAT, 0x40, Support.WRITE),
  BITS_64(Kind.INCOMPAT, 0x80, Support.WRITE),
  MMP(Kind.INCOMPAT, 0x100, Support.READ),
  FLEX_BG(Kind.INCOMPAT, 0x200, Support.WRITE),
  EA_INODE(Kind.INCOMPAT, 0x400, Support.NONE),
  DIRDATA(Kind.INCOMPAT, 0x1000, Support.NONE),
  METADATA_CSUM_SEED(Kind.INCOMPAT, 0x2000, Support.WRITE),
  LARGE_DIR(Kind.INCOMPAT, 0x4000, Support.WRITE),
  INLINE_DATA(Kind.INCOMPAT, 0x8000, Support.WRITE),
  ENCRYPT(Kind.INCOMPAT, 0x10000, Support.NONE),
  CASEFOLD(Kind.INCOMPAT, 0x20000, Support.NONE),
  SPARSE_SUPER(Kind.RO_COMPAT, 0x1, Support.WRITE),
  LARGE_FILE(Kind.RO_COMPAT, 0x2, Support.WRITE),
  BTREE_DIR(Kind.RO_COMPAT, 0x4, Support.READ),
  HUGE_FILE(Kind.RO_COMPAT, 0x8, Support.WRITE),
  UNINIT_BG(Kind.RO_COMPAT, 0x10, Support.WRITE),
  DIR_NLINK(Kind.RO_COMPAT, 0x20, Support.WRITE),
  EXTRA_ISIZE(Kind.RO_COMPAT, 0x40, Support.WRITE),
  QUOTA(Kind.RO_COMPAT, 0x100, Support.READ),
  BIGALLOC(Kind.RO_COMPAT, 0x200, Support.NONE),
  METADATA_CSUM(Kind.RO_COMPAT, 0x400, Support.WRITE),
  REPLICA(Kind.RO_COMPAT, 0x800, Support.READ),
  READ_ONLY(Kind.RO_COMPAT, 0x1000, Support.READ),
  PROJECT(Kind.RO_COMPAT, 0x2000, Support.WRITE),
  SHARED_BLOCKS(Kind.RO_COMPAT, 0x4000, Support.READ),
  VERITY(Kind.RO_COMPAT, 0x8000, Support.READ),
  ORPHAN_PRESENT(Kind.RO_COMPAT, 0x10000, Support.WRITE);

  /**
   * What somebody who does not know a feature may do all the same: everything (COMPAT), nothing
   * (INCOMPAT), or read (RO_COMPAT).
   */
  public enum Kind {
    COMPAT,
    INCOMPAT,
    RO_COMPAT
  }

  /** What file systems here can do with volumes that use a feature. */
  public enum Support {
    NONE,
    READ,
    WRITE
  }

  private final Kind kind;
  private final int mask;
  private final Support support;

  Feature(Kind kind, int mask, Support support) {
    this.kind = kind;
    this.mask = mask;
    this.support = support;
  }

  public int mask() {
    return mask;
  }

  public boolean in(int flags) {
    return (flags & mask) != 0;
  }

  /** As dumpe2fs(8) prints it. */
  public String printName() {
    return this == BITS_64 ? "64bit" : name().toLowerCase(Locale.ROOT);
  }

  /** The names of the flags that are set; bits without a name are printed in hex. */
  public static Set<String> names(Kind kind, int flags) {
    return names(kind, flags, Support.WRITE);
  }

  /** The names of the flags that are set and supported less than is wanted. */
  public static Set<String> unsupported(Kind kind, int flags, Support wanted) {
    return names(kind, flags, wanted == Support.READ ? Support.NONE : Support.READ);
  }

  private static Set<String> names(Kind kind, int flags, Support atMost) {
    Set<String> names = new LinkedHashSet<>();
    int rest = flags;
    for (Feature feature : values()) {
      if (feature.kind == kind && (flags & feature.mask) != 0) {
        rest &= ~feature.mask;
        if (feature.support.compareTo(atMost) <= 0) {
          names.add(feature.printName());
        }
      }
    }
    if (rest != 0) {
      names.add(
          "unknown " + kind.name().toLowerCase(Locale.ROOT) + " 0x" + Integer.toHexString(rest));
    }
    return names;
  }
}
