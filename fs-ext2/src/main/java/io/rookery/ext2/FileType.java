package io.rookery.ext2;

/** The kinds of file; {@link #mode()} is the type part of {@code st_mode} (inode(7)). */
public enum FileType {
  /** Only in directory entries of volumes without the {@code filetype} feature. */
  UNKNOWN(0, 0),
  REGULAR(0x8000, 1),
  DIRECTORY(0x4000, 2),
  CHARACTER_DEVICE(0x2000, 3),
  BLOCK_DEVICE(0x6000, 4),
  FIFO(0x1000, 5),
  SOCKET(0xC000, 6),
  SYMLINK(0xA000, 7);

  /** The bits of {@code st_mode} that hold the type: S_IFMT. */
  public static final int MODE_MASK = 0xF000;

  private static final FileType[] BY_ENTRY_CODE = values();

  private final int mode;
  private final int entryCode;

  FileType(int mode, int entryCode) {
    this.mode = mode;
    this.entryCode = entryCode;
  }

  /** S_IFREG, S_IFDIR, …; 0 for {@link #UNKNOWN}. */
  public int mode() {
    return mode;
  }

  /** The code in a directory entry's {@code file_type} byte. */
  public int entryCode() {
    return entryCode;
  }

  /** Whether files of this type can have blocks of their own. */
  boolean canHaveBlocks() {
    return this == REGULAR || this == DIRECTORY || this == SYMLINK;
  }

  /** The type in a mode; {@link #UNKNOWN} when the bits name none. */
  public static FileType ofMode(int mode) {
    return switch (mode & MODE_MASK) {
      case 0x8000 -> REGULAR;
      case 0x4000 -> DIRECTORY;
      case 0x2000 -> CHARACTER_DEVICE;
      case 0x6000 -> BLOCK_DEVICE;
      case 0x1000 -> FIFO;
      case 0xC000 -> SOCKET;
      case 0xA000 -> SYMLINK;
      default -> UNKNOWN;
    };
  }

  /** The type with a code; {@link #UNKNOWN} when the code names none. */
  public static FileType ofEntryCode(int code) {
    return code < BY_ENTRY_CODE.length ? BY_ENTRY_CODE[code] : UNKNOWN;
  }
}
