package io.rookery.linux.fs.host;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A directory of a writable host directory. */
final class HostDirectory extends HostInode {
  private static final int MAX_DEPTH = 4096;

  HostDirectory(
      HostFileSystem fileSystem, @Nullable HostDirectory parent, Name name, HostAttributes a) {
    super(fileSystem, parent, name, a);
  }

  private interface Maker {
    void make(Path child) throws IOException;
  }

  /** The path of a name in this directory, which is at {@code path}. */
  Path child(Path path, Name name) {
    Path child = HostNames.child(path, name);
    if (child == null) {
      throw Errno.EILSEQ.exception();
    }
    return child;
  }

  @Override
  Found locate() throws IOException {
    Deque<HostInode.Place> way = new ArrayDeque<>();
    for (HostInode.Place p = place(); p != null; p = p.parent().place()) {
      way.push(p);
      if (way.size() > MAX_DEPTH) {
        throw Errno.ELOOP.exception();
      }
    }
    HostDirectory at = fileSystem().root();
    Path path = fileSystem().rootPath();
    HostAttributes a = at.checked(path);
    while (!way.isEmpty()) {
      HostInode.Place p = way.pop();
      HostInode.Place next = way.peek();
      at = next == null ? this : next.parent();
      path = child(path, p.name());
      a = at.checked(path);
    }
    return new Found(path, a);
  }

  /** What is at the path must be this directory, not a link to it or another. */
  private HostAttributes checked(Path path) throws IOException {
    HostAttributes a = HostAttributes.read(path);
    if (!sameFile(a)) {
      throw new NoSuchFileException(path.toString());
    }
    return a;
  }

  /** Whether this is a directory or lies below it. */
  boolean isIn(HostInode directory) {
    int depth = 0;
    HostDirectory d = this;
    while (d != directory && depth++ < MAX_DEPTH) {
      HostInode.Place p = d.place();
      if (p == null) {
        return false;
      }
      d = p.parent();
    }
    return true;
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    fileSystem().tree().readLock().lock();
    try {
      Path child = HostNames.child(locate().path(), name);
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
  public boolean stillValid(Name name, Inode child, boolean certain) {
    if (!(child instanceof HostInode i) || (!certain && i.fresh())) {
      return true;
    }
    return i.equals(lookup(name));
  }

  @Override
  public List<DirEntry> list() {
    fileSystem().tree().readLock().lock();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(locate().path())) {
      List<DirEntry> all = new ArrayList<>();
      for (Path p : entries) {
        try {
          HostAttributes a = HostAttributes.read(p);
          long ino = fileSystem().inoOf(a);
          all.add(new DirEntry(HostNames.name(p), ino, FileMode.directoryType(a.mode())));
        } catch (AccessDeniedException e) {
          all.add(new DirEntry(HostNames.name(p), 1, 0)); // DT_UNKNOWN: may not be searched
        } catch (NoSuchFileException e) {
          // removed meanwhile
        }
      }
      return all;
    } catch (NoSuchFileException e) {
      return List.of(); // this directory has been removed
    } catch (DirectoryIteratorException e) {
      throw HostFileSystem.failure(Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    } finally {
      fileSystem().tree().readLock().unlock();
    }
  }

  private HostInode made(Name name, int mode, int uid, int gid, Maker maker) {
    int hostUser = fileSystem().hostUser(uid);
    int hostGroup = fileSystem().hostGroup(gid);
    HostInode made =
        changingTree(
            here -> {
              Path p = child(here.path(), name);
              maker.make(p);
              HostChanges.own(p, mode, hostUser, hostGroup);
              return fileSystem().newInode(this, name, HostAttributes.read(p));
            });
    stale();
    return made;
  }

  /** Only regular files: Java has no mknod(2). */
  @Override
  public Inode create(Name name, int mode, int uid, int gid, long rdev) {
    if (!FileMode.isRegular(mode)) {
      throw Errno.EPERM.exception();
    }
    FileChannel[] opened = new FileChannel[1];
    HostInode made =
        made(
            name,
            mode,
            uid,
            gid,
            p ->
                opened[0] =
                    FileChannel.open(
                        p,
                        Set.of(
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            LinkOption.NOFOLLOW_LINKS),
                        HostChanges.permissions(mode)));
    try {
      if ((mode & 0600) != 0600 && made instanceof HostFile f) {
        f.keepUntilOpened(opened[0]); // open(2) may write to a new file whatever its mode
      } else {
        opened[0].close();
      }
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    }
    return made;
  }

  @Override
  public Inode mkdir(Name name, int mode, int uid, int gid) {
    return made(
        name,
        FileMode.S_IFDIR | mode,
        uid,
        gid,
        p -> Files.createDirectory(p, HostChanges.permissions(mode)));
  }

  @Override
  public Inode symlink(Name name, byte[] target, int uid, int gid) {
    return made(
        name,
        FileMode.S_IFLNK | 0777,
        uid,
        gid,
        p -> {
          Path to = HostNames.target(p, target);
          if (to == null) {
            throw Errno.EILSEQ.exception();
          }
          Files.createSymbolicLink(p, to);
        });
  }

  @Override
  public void link(Name name, Inode target) {
    HostInode t = (HostInode) target;
    HostAttributes linked =
        changingTree(
            here -> {
              Path p = child(here.path(), name);
              Files.createLink(p, t.locate().path());
              HostAttributes a = HostAttributes.read(p);
              t.foundAt(this, name, a);
              return a;
            });
    assert linked.nlink() > 1 || !HostAttributes.UNIX;
    stale();
  }

  @Override
  public void unlink(Name name, Inode victim) {
    delete(name, (HostInode) victim);
  }

  @Override
  public void rmdir(Name name, Inode victim) {
    delete(name, (HostInode) victim);
  }

  /** The child at a name, which must be the inode that the guest's rights were checked for. */
  private Found childFound(Path here, Name name, HostInode inode) throws IOException {
    Path p = child(here, name);
    HostAttributes a = HostAttributes.read(p);
    if (!inode.sameFile(a)) {
      throw new NoSuchFileException(p.toString());
    }
    return new Found(p, a);
  }

  private void delete(Name name, HostInode victim) {
    Path gone =
        changingTree(
            here -> {
              Found f = childFound(here.path(), name, victim);
              Files.delete(f.path());
              lost(name, victim, f.attributes());
              return f.path();
            });
    assert gone != null;
    stale();
  }

  private void lost(Name name, HostInode victim, HostAttributes before) {
    if (victim.nameLost(this, name, before)) {
      fileSystem().forget(victim, before);
    }
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
      throw Errno.EINVAL.exception(); // renameat2(2): not supported by the file system
    }
    HostInode moved = (HostInode) child;
    @Nullable HostInode old = (HostInode) replaced;
    HostDirectory target = (HostDirectory) newDirectory;
    Path done =
        changingTree(
            here -> {
              Found from = childFound(here.path(), name, moved);
              Path there = target.locate().path();
              Found over = old == null ? null : target.childFound(there, newName, old);
              Path to =
                  Files.move(
                      from.path(),
                      child(there, newName),
                      StandardCopyOption.ATOMIC_MOVE,
                      StandardCopyOption.REPLACE_EXISTING);
              moved.moved(this, name, target, newName);
              if (old != null && over != null) {
                target.lost(newName, old, over.attributes());
              }
              return to;
            });
    assert done != null;
    stale();
    target.stale();
  }
}
