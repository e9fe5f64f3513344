package io.rookery.ext2;

/** What {@link Ext2FileSystem#setXattr} does with an existing attribute (setxattr(2)). */
public enum XattrMode {
  SET,
  /** EEXIST if the attribute exists. */
  CREATE,
  /** ENODATA if it does not exist. */
  REPLACE
}
