package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import org.jspecify.annotations.Nullable;

/** chmod, chown, utimensat, truncate and access with their permission checks. */
public final class AttributeOperations {
  AttributeOperations() {}

  private static void checkWritable(@Nullable VfsPath path, Inode inode) {
    if (path != null ? path.mount().readOnly() : inode.fileSystem().readOnly()) {
      throw Errno.EROFS.exception();
    }
  }

  /** chmod(2); {@code path} is null for files without one. */
  public void chmod(Task task, Inode inode, @Nullable VfsPath path, int mode) {
    checkWritable(path, inode);
    Subject s = Subject.of(task.credentials());
    Stat st = inode.stat();
    if (!s.ownerOf(st)) {
      throw Errno.EPERM.exception();
    }
    if (inode.isSymlink()) {
      throw Errno.EOPNOTSUPP.exception();
    }
    int permissions = mode & FileMode.PERMISSIONS;
    if (!s.inGroup(st.gid()) && !s.capable(Capability.FSETID)) {
      permissions &= ~FileMode.S_ISGID;
    }
    inode.setAttributes(AttributeChange.mode(permissions));
    FileEvents.happened(inode, path, FileEvents.IN_ATTRIB);
  }

  /** chown(2); -1 leaves an id as it is. */
  public void chown(Task task, Inode inode, @Nullable VfsPath path, int uid, int gid) {
    checkWritable(path, inode);
    Subject s = Subject.of(task.credentials());
    Stat st = inode.stat();
    if (!s.capable(Capability.CHOWN)) {
      boolean owner = st.uid() == s.uid();
      boolean uidAllowed = uid == -1 || (owner && uid == st.uid());
      boolean gidAllowed = gid == -1 || (owner && (gid == st.gid() || s.inGroup(gid)));
      if (!uidAllowed || !gidAllowed) {
        throw Errno.EPERM.exception();
      }
    }
    Integer mode = null;
    if (!inode.isDirectory()) {
      int gone = s.setIdsToDrop(st);
      if (gone != 0 && !s.ownerOf(st)) {
        throw Errno.EPERM.exception();
      }
      mode = gone == 0 ? null : Integer.valueOf(st.mode() & FileMode.PERMISSIONS & ~gone);
    }
    inode.setAttributes(
        AttributeChange.owner(uid == -1 ? null : uid, gid == -1 ? null : gid, mode));
    FileEvents.happened(inode, path, FileEvents.IN_ATTRIB);
  }

  /**
   * utimensat(2).
   *
   * @param atime the new access time, or null to leave it
   * @param now whether both times are the current time, which needs less right
   */
  public void setTimes(
      Task task,
      Inode inode,
      @Nullable VfsPath path,
      @Nullable Timespec atime,
      @Nullable Timespec mtime,
      boolean now) {
    checkWritable(path, inode);
    Subject s = Subject.of(task.credentials());
    if (!s.ownerOf(inode.stat())) {
      if (!now) {
        throw Errno.EPERM.exception();
      }
      s.check(inode, Subject.WRITE);
    }
    if (atime != null || mtime != null) {
      inode.setAttributes(AttributeChange.times(atime, mtime));
      int event = atime == null ? FileEvents.IN_MODIFY : FileEvents.IN_ATTRIB;
      FileEvents.happened(inode, path, mtime == null ? FileEvents.IN_ACCESS : event);
    }
  }

  /** truncate(2). */
  public void truncate(Task task, VfsPath path, long size) {
    Inode inode = path.inode();
    if (inode.isDirectory()) {
      throw Errno.EISDIR.exception();
    }
    if (!inode.isRegular()) {
      throw Errno.EINVAL.exception();
    }
    Subject subject = Subject.of(task.credentials());
    subject.check(inode, Subject.WRITE);
    checkWritable(path, inode);
    if (inode.isProgram()) {
      throw Errno.ETXTBSY.exception();
    }
    if (size > inode.size()) {
      RegularFile.checkSize(task, size);
    }
    subject.dropSetIds(inode);
    inode.truncate(size);
    FileEvents.happened(path, FileEvents.IN_MODIFY);
  }

  /** access(2) of a place that was resolved with the same subject. */
  public void access(Subject subject, VfsPath path, int access) {
    Inode inode = path.inode();
    int type = inode.mode() & FileMode.S_IFMT;
    if ((access & Subject.EXECUTE) != 0
        && type == FileMode.S_IFREG
        && path.mount().has(Mount.MS_NOEXEC)) {
      throw Errno.EACCES.exception();
    }
    subject.check(inode, access);
    boolean content =
        type == FileMode.S_IFREG || type == FileMode.S_IFDIR || type == FileMode.S_IFLNK;
    if ((access & Subject.WRITE) != 0 && content && path.mount().readOnly()) {
      throw Errno.EROFS.exception();
    }
  }
}
