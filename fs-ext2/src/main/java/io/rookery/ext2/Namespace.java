package io.rookery.ext2;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes, moves and removes names. One operation at a time: each holds the volume's names lock, and
 * the lock of every directory it changes.
 */
final class Namespace {
  /** PATH_MAX: the longest target, with its final NUL. */
  private static final int MAX_TARGET = 4096;

  private final Volume volume;
  private final Directory directories;
  private final PendingNames pending;

  Namespace(Volume volume) {
    this.volume = volume;
    this.directories = volume.directories();
    this.pending = volume.pendingNames();
  }

  /** One change of names. */
  private interface Change<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private <T extends @Nullable Object> T change(Change<T> change) throws IOException {
    try (var _ = volume.beginChange()) {
      volume.names().lock();
      try {
        return change.run();
      } finally {
        volume.names().unlock();
      }
    }
  }

  private static Ext2Exception refuse(Reason reason, byte[] name) {
    return new Ext2Exception(reason, new String(name, StandardCharsets.UTF_8));
  }

  static void checkName(byte[] name) throws Ext2Exception {
    if (name.length > Ext2FileSystem.MAX_NAME_LENGTH) {
      throw new Ext2Exception(
          Reason.ENAMETOOLONG,
          "name of %d bytes, at most %d".formatted(name.length, Ext2FileSystem.MAX_NAME_LENGTH));
    }
    if (name.length == 0) {
      throw new Ext2Exception(Reason.EINVAL, "empty name");
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        throw refuse(Reason.EINVAL, name);
      }
    }
  }

  static void requireDirectory(Ext2Inode dir) throws Ext2Exception {
    if (!dir.isDirectory()) {
      throw new Ext2Exception(Reason.ENOTDIR, dir + " is no directory");
    }
    dir.requireAlive();
  }

  /** A directory that entries can be added to: one that still has its name. */
  private static void requireNamed(Ext2Inode dir) throws Ext2Exception {
    requireDirectory(dir);
    if (dir.links() == 0) {
      throw new Ext2Exception(Reason.ENOENT, dir + " was removed");
    }
  }

  private static boolean isDots(byte[] name) {
    return Arrays.equals(name, Directory.DOT) || Arrays.equals(name, Directory.DOT_DOT);
  }

  private Directory.Entry require(Ext2Inode dir, byte[] name) throws IOException {
    Directory.Entry entry = directories.find(dir, name);
    if (entry == null) {
      throw refuse(Reason.ENOENT, name);
    }
    return entry;
  }

  /** The inode that an entry names; that there is none is damage. */
  static Ext2Inode named(Volume volume, Ext2Inode dir, Directory.Entry entry) throws IOException {
    try {
      return volume.inodes().get(entry.inode());
    } catch (Ext2Exception e) {
      if (e.reason() != Reason.ENOENT) {
        throw e;
      }
      throw Ext2Exception.corrupt(
          "entry of directory " + dir, entry.place(), "inode " + entry.inode(), "one in use");
    }
  }

  /** Makes a file of any type. */
  Ext2Inode make(
      Ext2Inode dir,
      byte[] name,
      int mode,
      int uid,
      int gid,
      byte @Nullable [] firstPointers,
      byte @Nullable [] target)
      throws IOException {
    checkName(name);
    return change(
        () -> {
          requireNamed(dir);
          dir.lock.writeLock().lock();
          try {
            if (directories.find(dir, name) != null) {
              throw refuse(Reason.EEXIST, name);
            }
            return makeIn(dir, name, mode, uid, gid, firstPointers, target);
          } finally {
            dir.lock.writeLock().unlock();
          }
        });
  }

  private Ext2Inode makeIn(
      Ext2Inode dir,
      byte[] name,
      int mode,
      int uid,
      int gid,
      byte @Nullable [] firstPointers,
      byte @Nullable [] target)
      throws IOException {
    boolean directory = FileType.ofMode(mode) == FileType.DIRECTORY;
    if (directory) {
      requireRoomFor(dir);
    }
    pending.gain(dir); // now: what it may write must not hold a directory without a name
    Ext2Inode inode =
        volume.lifecycle().newInode(dir, mode, uid, gid, directory ? 2 : 1, firstPointers);
    boolean done = false;
    try {
      inode.lock.writeLock().lock();
      try {
        if (directory) {
          directories.initialise(inode, dir.number());
        }
        if (target != null) {
          volume.data().writeTarget(inode, target);
        }
      } finally {
        inode.lock.writeLock().unlock();
      }
      directories.add(dir, name, inode.number(), inode.type());
      done = true;
    } finally {
      if (!done) {
        volume.lifecycle().discard(inode);
      }
    }
    if (directory) {
      dir.addSubdirectory();
    }
    return inode;
  }

  /** EMLINK if a directory cannot have one more directory in it. */
  private void requireRoomFor(Ext2Inode dir) throws Ext2Exception {
    if (!dir.canAddSubdirectory()) {
      throw tooManyLinks(dir);
    }
  }

  private static Ext2Exception tooManyLinks(Ext2Inode inode) {
    return new Ext2Exception(Reason.EMLINK, "%s has %d links".formatted(inode, inode.links()));
  }

  Ext2Inode makeUnnamed(Ext2Inode dir, int mode, int uid, int gid) throws IOException {
    return change(
        () -> {
          requireNamed(dir);
          Ext2Inode inode = volume.lifecycle().newInode(dir, mode, uid, gid, 0, null);
          inode.retain();
          inode.setLinkable(true);
          volume.orphans().add(inode);
          return inode;
        });
  }

  Ext2Inode symlink(Ext2Inode dir, byte[] name, byte[] target, int uid, int gid)
      throws IOException {
    if (target.length == 0) {
      throw new Ext2Exception(Reason.ENOENT, "empty symlink target");
    }
    int max = Math.min(MAX_TARGET, volume.geometry().blockSize()) - 1;
    if (target.length > max) {
      throw new Ext2Exception(
          Reason.ENAMETOOLONG,
          "symlink target of %d bytes, at most %d".formatted(target.length, max));
    }
    boolean fast = target.length < InodeLayout.BLOCK_BYTES;
    int mode = FileType.SYMLINK.mode() | 0777;
    return make(dir, name, mode, uid, gid, fast ? target : null, target);
  }

  void link(Ext2Inode dir, byte[] name, Ext2Inode file) throws IOException {
    checkName(name);
    if (file.isDirectory()) {
      throw new Ext2Exception(Reason.EPERM, file + " is a directory");
    }
    this.<@Nullable Void>change(
        () -> {
          requireNamed(dir);
          file.requireAlive();
          dir.lock.writeLock().lock();
          try {
            if (directories.find(dir, name) != null) {
              throw refuse(Reason.EEXIST, name);
            }
            if (file.links() >= volume.geometry().maxLinks()) {
              throw tooManyLinks(file);
            }
            if (!file.isLinkable()) {
              throw new Ext2Exception(Reason.ENOENT, file + " has lost its last name");
            }
            pending.gain(dir);
            directories.add(dir, name, file.number(), file.type());
            if (file.links() == 0) {
              volume.orphans().remove(file);
            }
            file.addLinks(1);
            file.setLinkable(false);
            file.setChangeTime(volume.now());
            return null;
          } finally {
            dir.lock.writeLock().unlock();
          }
        });
  }

  void unlink(Ext2Inode dir, byte[] name) throws IOException {
    this.<@Nullable Void>change(
        () -> {
          requireDirectory(dir);
          dir.lock.writeLock().lock();
          try {
            Directory.Entry entry = require(dir, name);
            Ext2Inode file = named(volume, dir, entry);
            if (file.isDirectory()) {
              throw refuse(Reason.EISDIR, name);
            }
            if (file.links() > 1) {
              pending.lose(dir, file);
            }
            directories.remove(dir, entry);
            dropName(file);
            return null;
          } finally {
            dir.lock.writeLock().unlock();
          }
        });
  }

  /** A file that is no directory, or an empty directory, has lost a name. */
  private void dropName(Ext2Inode file) throws IOException {
    file.setChangeTime(volume.now());
    if (file.isDirectory() || file.links() <= 1) {
      volume.lifecycle().dropLastName(file);
    } else {
      file.addLinks(-1);
    }
  }

  void rmdir(Ext2Inode dir, byte[] name) throws IOException {
    if (isDots(name)) {
      throw refuse(name.length == 1 ? Reason.EINVAL : Reason.ENOTEMPTY, name);
    }
    this.<@Nullable Void>change(
        () -> {
          requireDirectory(dir);
          dir.lock.writeLock().lock();
          try {
            Directory.Entry entry = require(dir, name);
            Ext2Inode child = named(volume, dir, entry);
            if (!child.isDirectory()) {
              throw refuse(Reason.ENOTDIR, name);
            }
            requireEmpty(child, name);
            pending.end(child);
            directories.remove(dir, entry);
            dir.removeSubdirectory();
            dropName(child);
            return null;
          } finally {
            dir.lock.writeLock().unlock();
          }
        });
  }

  private void requireEmpty(Ext2Inode dir, byte[] name) throws IOException {
    if (dir.number() == InodeLayout.ROOT_INODE) { // a damaged volume may name it
      throw refuse(Reason.EBUSY, name);
    }
    if (!directories.isEmpty(dir)) {
      throw refuse(Reason.ENOTEMPTY, name);
    }
  }

  void rename(Ext2Inode fromDir, byte[] fromName, Ext2Inode toDir, byte[] toName, RenameMode mode)
      throws IOException {
    checkName(toName);
    if (isDots(fromName) || isDots(toName)) {
      throw refuse(Reason.EBUSY, isDots(fromName) ? fromName : toName);
    }
    this.<@Nullable Void>change(
        () -> {
          requireDirectory(fromDir);
          requireNamed(toDir);
          fromDir.lock.writeLock().lock();
          toDir.lock.writeLock().lock();
          try {
            Directory.Entry from = require(fromDir, fromName);
            Directory.Entry to = directories.find(toDir, toName);
            move(fromDir, from, toDir, to, toName, mode);
            return null;
          } finally {
            toDir.lock.writeLock().unlock();
            fromDir.lock.writeLock().unlock();
          }
        });
  }

  private void move(
      Ext2Inode fromDir,
      Directory.Entry from,
      Ext2Inode toDir,
      Directory.@Nullable Entry to,
      byte[] toName,
      RenameMode mode)
      throws IOException {
    Ext2Inode file = named(volume, fromDir, from);
    if (to != null && mode == RenameMode.NO_REPLACE) {
      throw refuse(Reason.EEXIST, toName);
    }
    if (to == null && mode == RenameMode.EXCHANGE) {
      throw refuse(Reason.ENOENT, toName);
    }
    requireNotBelow(toDir, file);
    Ext2Inode other = to == null ? null : named(volume, toDir, to);
    if (file == other) {
      return;
    }
    if (to != null && other != null && mode == RenameMode.EXCHANGE) {
      requireNotBelow(fromDir, other);
      exchange(fromDir, from, file, toDir, to, other);
      return;
    }
    if (other != null && file.isDirectory() != other.isDirectory()) {
      throw refuse(file.isDirectory() ? Reason.ENOTDIR : Reason.EISDIR, toName);
    }
    if (other != null && other.isDirectory()) {
      requireEmpty(other, toName);
    }
    boolean newSubdirectory = file.isDirectory() && other == null && fromDir != toDir;
    if (newSubdirectory) {
      requireRoomFor(toDir);
    }
    if (other != null && other.isDirectory()) {
      pending.end(other);
    } else if (other != null && other.links() > 1) {
      pending.lose(toDir, other);
    }
    pending.gain(toDir);
    if (to != null) {
      directories.replace(toDir, to, file.number(), file.type());
    } else {
      directories.add(toDir, toName, file.number(), file.type());
    }
    if (other != null) { // before names may be written, so that it is never in use without one
      if (other.isDirectory()) {
        toDir.removeSubdirectory();
      }
      dropName(other);
    }
    pending.lose(fromDir, file);
    directories.remove(fromDir, from);
    if (file.isDirectory()) {
      reparent(file, fromDir, toDir);
    }
    file.setChangeTime(volume.now());
  }

  private void exchange(
      Ext2Inode fromDir,
      Directory.Entry from,
      Ext2Inode file,
      Ext2Inode toDir,
      Directory.Entry to,
      Ext2Inode other)
      throws IOException {
    boolean apart = fromDir != toDir;
    if (apart && file.isDirectory() != other.isDirectory()) {
      requireRoomFor(file.isDirectory() ? toDir : fromDir);
    }
    pending.gain(fromDir);
    pending.gain(toDir);
    directories.replace(fromDir, from, other.number(), other.type());
    directories.replace(toDir, to, file.number(), file.type());
    if (file.isDirectory()) {
      reparent(file, fromDir, toDir);
    }
    if (other.isDirectory()) {
      reparent(other, toDir, fromDir);
    }
    file.setChangeTime(volume.now());
    other.setChangeTime(volume.now());
  }

  private void reparent(Ext2Inode child, Ext2Inode oldParent, Ext2Inode newParent)
      throws IOException {
    if (oldParent == newParent) {
      return;
    }
    child.lock.writeLock().lock();
    try {
      Directory.Entry entry = require(child, Directory.DOT_DOT);
      directories.replace(child, entry, newParent.number(), FileType.DIRECTORY);
    } finally {
      child.lock.writeLock().unlock();
    }
    if (child.isNew()) {
      child.setNewIn(newParent);
    }
    oldParent.removeSubdirectory();
    newParent.addSubdirectory();
  }

  /** EINVAL if a directory is another one or lies in its tree. */
  private void requireNotBelow(Ext2Inode dir, Ext2Inode ancestor) throws IOException {
    if (!ancestor.isDirectory()) {
      return;
    }
    Set<Long> seen = new HashSet<>();
    Ext2Inode at = dir;
    while (at != ancestor) {
      if (at.number() == InodeLayout.ROOT_INODE) {
        return;
      }
      if (!seen.add(at.number())) {
        throw Ext2Exception.corrupt("directory " + at, 0, "itself as its ancestor", "a tree");
      }
      at = volume.inodes().get(directories.parent(at));
    }
    throw new Ext2Exception(
        Reason.EINVAL, "%s would move into its own tree at %s".formatted(ancestor, dir));
  }
}
