package io.rookery.ext2;

import java.io.IOException;
import java.util.Locale;

/**
 * An operation that the file system refuses, or damage that it found. Failures of the device itself
 * are plain {@link IOException}s.
 */
public final class Ext2Exception extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why; each constant has the name of the Linux errno that a system call would return. */
  public enum Reason {
    ENOENT,
    EIO,
    ENXIO,
    E2BIG,
    EBUSY,
    EEXIST,
    ENOTDIR,
    EISDIR,
    EINVAL,
    EFBIG,
    ENOSPC,
    EROFS,
    EMLINK,
    EPERM,
    ERANGE,
    ENAMETOOLONG,
    ENOTEMPTY,
    ENODATA,
    EOPNOTSUPP,
    /** The inode was deleted while the caller still held its handle. */
    ESTALE,
    /** The volume is damaged ("structure needs cleaning"). */
    EUCLEAN
  }

  private final Reason reason;

  public Ext2Exception(Reason reason, String message) {
    super(reason + ": " + message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Damage: which structure, where (a byte offset on the device), what was found and expected. */
  static Ext2Exception corrupt(String structure, long offset, Object found, String expected) {
    return new Ext2Exception(
        Reason.EUCLEAN,
        String.format(
            Locale.ROOT,
            "%s at byte %d: found %s, expected %s",
            structure,
            offset,
            found,
            expected));
  }
}
