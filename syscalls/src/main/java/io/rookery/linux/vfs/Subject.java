package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;

/**
 * Who asks for access to a file, by Linux's discretionary rules (path_resolution(7),
 * credentials(7), capabilities(7)).
 */
public final class Subject {
  /** Wanted access, as in access(2). */
  public static final int READ = 4;

  public static final int WRITE = 2;
  public static final int EXECUTE = 1;

  private final Credentials credentials;
  private final int uid;
  private final int gid;
  private final long capabilities;

  private Subject(Credentials credentials, int uid, int gid, long capabilities) {
    this.credentials = credentials;
    this.uid = uid;
    this.gid = gid;
    this.capabilities = capabilities;
  }

  /** The file system identity: what all calls but access(2) use. */
  public static Subject of(Credentials c) {
    return new Subject(c, c.fsuid(), c.fsgid(), c.effective());
  }

  /** The real identity, for access(2); only a real root has capabilities then. */
  public static Subject real(Credentials c) {
    return new Subject(c, c.uid(), c.gid(), c.uid() == 0 ? c.permitted() : 0);
  }

  public int uid() {
    return uid;
  }

  public int gid() {
    return gid;
  }

  /** Whether it has a capability. */
  public boolean capable(Capability capability) {
    return (capabilities & capability.bit()) != 0;
  }

  /** Whether it is in a group. */
  public boolean inGroup(int group) {
    return group == gid || credentials.inGroup(group);
  }

  /** Whether it may do this to a file of these attributes. */
  public boolean may(Inode inode, int access) {
    Stat s = inode.stat();
    int mode = s.mode();
    boolean owned = inode.hasOwner();
    if (!owned && (access & WRITE) != 0) {
      return false;
    }
    int granted;
    if (owned && s.uid() == uid) {
      granted = mode >> 6;
    } else if (owned && inGroup(s.gid())) {
      granted = mode >> 3;
    } else {
      granted = mode;
    }
    if ((granted & access) == access || !owned) {
      return (granted & access) == access;
    }
    boolean directory = FileMode.isDirectory(mode);
    if (capable(Capability.DAC_OVERRIDE)) {
      return directory || (access & EXECUTE) == 0 || (mode & 0111) != 0;
    }
    return capable(Capability.DAC_READ_SEARCH)
        && (directory ? (access & WRITE) == 0 : access == READ);
  }

  /** EACCES unless it may. */
  public void check(Inode inode, int access) {
    if (!may(inode, access)) {
      throw Errno.EACCES.exception();
    }
  }

  /** Whether it owns the file or may act as owner. */
  public boolean ownerOf(Stat s) {
    return s.uid() == uid || capable(Capability.FOWNER);
  }

  /** Checks the right to remove or replace a name of a directory; sticky directories included. */
  void checkDelete(Inode directory, Inode victim) {
    if (!victim.hasOwner()) {
      throw Errno.EOVERFLOW.exception();
    }
    check(directory, WRITE | EXECUTE);
    Stat d = directory.stat();
    if ((d.mode() & FileMode.S_ISVTX) != 0
        && d.uid() != uid
        && victim.stat().uid() != uid
        && !capable(Capability.FOWNER)) {
      throw Errno.EPERM.exception();
    }
  }

  /**
   * Set-id bits that a change of content or owner takes away (inode(7)): that of the group stays
   * only as a mark of mandatory locking, for members of the group.
   */
  int setIdsToDrop(Stat s) {
    int mode = s.mode();
    int gone = mode & FileMode.S_ISUID;
    boolean group =
        (mode & FileMode.S_IXGRP) != 0 || (!inGroup(s.gid()) && !capable(Capability.FSETID));
    return group ? gone | (mode & FileMode.S_ISGID) : gone;
  }

  /** Content is about to change: set-id bits fall unless CAP_FSETID is held. */
  public void dropSetIds(Inode inode) {
    if (capable(Capability.FSETID)) {
      return;
    }
    Stat s = inode.stat();
    int gone = FileMode.isRegular(s.mode()) ? setIdsToDrop(s) : 0;
    if (gone != 0) {
      inode.setAttributes(AttributeChange.mode(s.mode() & FileMode.PERMISSIONS & ~gone));
    }
  }

  /**
   * Whether a further name may be given to a file (fs.protected_hardlinks of proc(5)): not to what
   * one neither owns nor can read and write, nor to set-id programs of others.
   */
  boolean mayLink(Inode inode) {
    if (!inode.hasOwner()) {
      throw Errno.EOVERFLOW.exception();
    }
    Stat s = inode.stat();
    int mode = s.mode();
    int setGroup = FileMode.S_ISGID | FileMode.S_IXGRP;
    boolean safe =
        FileMode.isRegular(mode)
            && (mode & FileMode.S_ISUID) == 0
            && (mode & setGroup) != setGroup
            && may(inode, READ | WRITE);
    return safe || ownerOf(s);
  }

  /** The group of a new file in a directory. */
  int groupOfNew(Stat directory) {
    return (directory.mode() & FileMode.S_ISGID) != 0 ? directory.gid() : gid;
  }

  /** The mode of a new file: S_ISGID is inherited by directories and guarded for the rest. */
  int modeOfNew(Stat directory, int mode, int umask) {
    int guarded = (directory.mode() & FileMode.S_ISGID) == 0 ? mode : inSetGroup(directory, mode);
    return guarded & ~umask;
  }

  private int inSetGroup(Stat directory, int mode) {
    if (FileMode.isDirectory(mode)) {
      return mode | FileMode.S_ISGID;
    }
    int both = FileMode.S_ISGID | FileMode.S_IXGRP;
    boolean foreign = !inGroup(directory.gid()) && !capable(Capability.FSETID);
    return (mode & both) == both && foreign ? mode & ~FileMode.S_ISGID : mode;
  }
}
