package io.rookery.ext2;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** The superblock's feature flags, named as dumpe2fs(8) does. */
enum Feature {
  DIR_PREALLOC(Kind.COMPAT, 0x1, true),
  IMAGIC_INODES(Kind.COMPAT, 0x2, true),
  HAS_JOURNAL(Kind.COMPAT, 0x4, true),
  EXT_ATTR(Kind.COMPAT, 0x8, true),
  RESIZE_INODE(Kind.COMPAT, 0x10, true),
  DIR_INDEX(Kind.COMPAT, 0x20, true),
  SPARSE_SUPER2(Kind.COMPAT, 0x200, true),
  COMPRESSION(Kind.INCOMPAT, 0x1, false),
  FILETYPE(Kind.INCOMPAT, 0x2, true),
  NEEDS_RECOVERY(Kind.INCOMPAT, 0x4, false),
  JOURNAL_DEV(Kind.INCOMPAT, 0x8, false),
  META_BG(Kind.INCOMPAT, 0x10, false),
  EXTENT(Kind.INCOMPAT, 0x40, false),
  BITS_64(Kind.INCOMPAT, 0x80, false),
  MMP(Kind.INCOMPAT, 0x100, false),
  FLEX_BG(Kind.INCOMPAT, 0x200, false),
  EA_INODE(Kind.INCOMPAT, 0x400, false),
  DIRDATA(Kind.INCOMPAT, 0x1000, false),
  METADATA_CSUM_SEED(Kind.INCOMPAT, 0x2000, false),
  LARGE_DIR(Kind.INCOMPAT, 0x4000, false),
  INLINE_DATA(Kind.INCOMPAT, 0x8000, false),
  ENCRYPT(Kind.INCOMPAT, 0x10000, false),
  CASEFOLD(Kind.INCOMPAT, 0x20000, false),
  SPARSE_SUPER(Kind.RO_COMPAT, 0x1, true),
  LARGE_FILE(Kind.RO_COMPAT, 0x2, true),
  BTREE_DIR(Kind.RO_COMPAT, 0x4, false),
  HUGE_FILE(Kind.RO_COMPAT, 0x8, false),
  UNINIT_BG(Kind.RO_COMPAT, 0x10, false),
  DIR_NLINK(Kind.RO_COMPAT, 0x20, false),
  EXTRA_ISIZE(Kind.RO_COMPAT, 0x40, true),
  QUOTA(Kind.RO_COMPAT, 0x100, false),
  BIGALLOC(Kind.RO_COMPAT, 0x200, false),
  METADATA_CSUM(Kind.RO_COMPAT, 0x400, false),
  REPLICA(Kind.RO_COMPAT, 0x800, false),
  READ_ONLY(Kind.RO_COMPAT, 0x1000, false),
  PROJECT(Kind.RO_COMPAT, 0x2000, false),
  SHARED_BLOCKS(Kind.RO_COMPAT, 0x4000, false),
  VERITY(Kind.RO_COMPAT, 0x8000, false),
  ORPHAN_PRESENT(Kind.RO_COMPAT, 0x10000, false);

  /**
   * What somebody who does not know a feature may do all the same: everything (COMPAT), nothing
   * (INCOMPAT), or read (RO_COMPAT).
   */
  enum Kind {
    COMPAT,
    INCOMPAT,
    RO_COMPAT
  }

  private final Kind kind;
  private final int mask;
  private final boolean supported;

  Feature(Kind kind, int mask, boolean supported) {
    this.kind = kind;
    this.mask = mask;
    this.supported = supported;
  }

  int mask() {
    return mask;
  }

  private String printName() {
    return this == BITS_64 ? "64bit" : name().toLowerCase(Locale.ROOT);
  }

  /** The names of the flags that are set; bits without a name are printed in hex. */
  static Set<String> names(Kind kind, int flags) {
    return names(kind, flags, false);
  }

  /** The names of the flags that are set and not supported. */
  static Set<String> unsupported(Kind kind, int flags) {
    return names(kind, flags, true);
  }

  private static Set<String> names(Kind kind, int flags, boolean onlyUnsupported) {
    Set<String> names = new LinkedHashSet<>();
    int rest = flags;
    for (Feature feature : values()) {
      if (feature.kind == kind && (flags & feature.mask) != 0) {
        rest &= ~feature.mask;
        if (!onlyUnsupported || !feature.supported) {
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
