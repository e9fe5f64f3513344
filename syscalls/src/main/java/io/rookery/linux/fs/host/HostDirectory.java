package io.rookery.linux.fs.host;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directory of a writable host directory. */
final class HostDirectory extends HostInode {
  HostDirectory(
      HostFileSystem fileSystem, @Nullable HostDirectory parent, Name name, HostAttributes a) {
    super(fileSystem, parent, name, a);
  }

  private interface Maker {
    void make(Path child) throws IOException;
  }

  private static Path child(Path directory, Name name) {
    Path child = HostNames.child(directory, name);
    if (child == null) {
      throw Errno.EILSEQ.exception();
    }
    return child;
  }

  /** This directory's own path has been checked for its parents; it must not be a link itself. */
  private static void requireDirectory(Path directory) {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw Errno.ESTALE.exception();
    }
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    fileSystem().tree().readLock().lock();
    try {
      Path directory = checkedPath();
      requireDirectory(directory);
      Path child = HostNames.child(directory, name);
      return child == null ? null : fileSystem().inodeOf(this, name, HostAttributes.read(child));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    } finally {
      fileSystem().tree().readLock().unlock();
    }
  }

  @Override
  public boolean stillValid(Name name, Inode child) {
    return !(child instanceof HostInode i) || i.fresh() || i.refresh();
  }

  @Override
  public List<DirEntry> list() {
    return withPath(
        directory -> {
          requireDirectory(directory);
          List<DirEntry> all = new ArrayList<>();
          try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path p : entries) {
              try {
                HostAttributes a = HostAttributes.read(p);
                all.add(new DirEntry(HostNames.name(p), a.ino(), FileMode.directoryType(a.mode())));
              } catch (NoSuchFileException e) {
                // removed meanwhile
              }
            }
          } catch (DirectoryIteratorException e) {
            throw e.getCause();
          }
          return all;
        });
  }

  private Inode made(Name name, int mode, int uid, int gid, Maker maker) {
    Inode i =
        changingTree(
            directory -> {
              requireDirectory(directory);
              Path p = child(directory, name);
              maker.make(p);
              if (!FileMode.isSymlink(mode)) {
                Files.setAttribute(p, "unix:mode", mode & FileMode.PERMISSIONS);
              }
              own(p, uid, gid);
              return fileSystem().inodeOf(this, name, HostAttributes.read(p));
            });
    stale();
    return i;
  }

  /** Gives a new file the guest's owner, which only a JVM with the right can. */
  private static void own(Path p, int uid, int gid) throws IOException {
    HostAttributes a = HostAttributes.read(p);
    try {
      if (a.uid() != uid) {
        Files.setAttribute(p, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      }
      if (a.gid() != gid) {
        Files.setAttribute(p, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
      }
    } catch (java.nio.file.FileSystemException e) {
      assert e.getFile() != null; // then it belongs to the JVM's user
    }
  }

  @Override
  public Inode create(Name name, int mode, int uid, int gid, long rdev) {
    if (!FileMode.isRegular(mode)) {
      throw Errno.EPERM.exception(); // Java cannot make nodes
    }
    return made(name, mode, uid, gid, Files::createFile);
  }

  @Override
  public Inode mkdir(Name name, int mode, int uid, int gid) {
    Inode i = made(name, FileMode.S_IFDIR | mode, uid, gid, Files::createDirectory);
    stale();
    return i;
  }

  @Override
  public Inode symlink(Name name, byte[] target, int uid, int gid) {
    return made(
        name,
        FileMode.S_IFLNK | 0777,
        uid,
        gid,
        p -> Files.createSymbolicLink(p, HostNames.target(p, target)));
  }

  private void change(HostInode touched, Action<?> action) {
    Object done = changingTree(action::run);
    touched.stale();
    stale();
    assert done != null;
  }

  @Override
  public void link(Name name, Inode target) {
    HostInode t = (HostInode) target;
    change(
        t,
        directory -> {
          requireDirectory(directory);
          return Files.createLink(child(directory, name), t.checkedPath());
        });
  }

  @Override
  public void unlink(Name name, Inode victim) {
    delete(name, (HostInode) victim);
  }

  @Override
  public void rmdir(Name name, Inode victim) {
    delete(name, (HostInode) victim);
  }

  private void delete(Name name, HostInode victim) {
    change(
        victim,
        directory -> {
          requireDirectory(directory);
          Files.delete(child(directory, name));
          return directory;
        });
  }

  @Override
  public void rename(
      Name name,
      Inode child,
      Inode newDirectory,
      Name newName,
      @Nullable Inode replaced,
      boolean exchange) {
    if (exchange) {
      throw Errno.EINVAL.exception();
    }
    HostInode moved = (HostInode) child;
    HostDirectory target = (HostDirectory) newDirectory;
    change(
        moved,
        directory -> {
          requireDirectory(directory);
          Path to = child(target.checkedPath(), newName);
          Files.move(
              child(directory, name),
              to,
              StandardCopyOption.ATOMIC_MOVE,
              StandardCopyOption.REPLACE_EXISTING);
          moved.movedTo(target, newName);
          return to;
        });
    target.stale();
  }
}
