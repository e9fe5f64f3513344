package io.rookery.linux.vfs;

import org.jspecify.annotations.Nullable;

/**
 * A change of inode attributes; null leaves an attribute as it is. Permissions have been checked.
 *
 * @param mode permission bits without the type
 */
public record AttributeChange(
    @Nullable Integer mode,
    @Nullable Integer uid,
    @Nullable Integer gid,
    @Nullable Timespec atime,
    @Nullable Timespec mtime) {

  /** chmod(2). */
  public static AttributeChange mode(int mode) {
    return new AttributeChange(mode, null, null, null, null);
  }

  /** chown(2), with the mode that remains after set-id bits were dropped. */
  public static AttributeChange owner(
      @Nullable Integer uid, @Nullable Integer gid, @Nullable Integer mode) {
    return new AttributeChange(mode, uid, gid, null, null);
  }

  /** utimensat(2). */
  public static AttributeChange times(@Nullable Timespec atime, @Nullable Timespec mtime) {
    return new AttributeChange(null, null, null, atime, mtime);
  }
}
