package io.rookery.ext2;

/** What {@link Ext2FileSystem#rename} does when the new name exists. */
public enum RenameMode {
  /** The existing file is replaced, as rename(2) does. */
  REPLACE,
  /** EEXIST, as RENAME_NOREPLACE of renameat2(2). */
  NO_REPLACE,
  /** Both names change places, as RENAME_EXCHANGE; the new name must exist. */
  EXCHANGE
}
