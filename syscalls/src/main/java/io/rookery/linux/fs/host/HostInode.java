package io.rookery.linux.fs.host;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Stat;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A file of a writable host directory: its names and attributes. By itself a link, or a special
 * file that the host's side of is never opened.
 */
class HostInode extends Inode {
  /** Whose files are that belong to nobody in the guest (overflowuid of proc(5)). */
  private static final int NOBODY = 65534;

  /** A name of the file. */
  record Place(HostDirectory parent, Name name) {}

  /** Where the file was found to be just now, with its attributes. */
  record Found(Path path, HostAttributes attributes) {}

  /** An operation on a place. */
  interface Action<T> {
    T run(Found found) throws IOException;
  }

  private final HostFileSystem fileSystem;
  private final List<Place> places = new ArrayList<>(); // guarded by itself; the newest is last
  private volatile HostAttributes attributes;
  private volatile long readAt = System.nanoTime();
  private volatile boolean stale; // attributes other than type and permissions have changed
  private volatile boolean nameless; // has lost the last name that we know

  HostInode(
      HostFileSystem fileSystem, @Nullable HostDirectory parent, Name name, HostAttributes a) {
    this.fileSystem = fileSystem;
    this.attributes = a;
    if (parent != null) {
      places.add(new Place(parent, name));
    }
  }

  @Override
  public final HostFileSystem fileSystem() {
    return fileSystem;
  }

  // Names; all under the tree lock

  /** The newest name, or null for the root. */
  final @Nullable Place place() {
    synchronized (places) {
      return places.isEmpty() ? null : places.getLast();
    }
  }

  /** The file was seen under a name. */
  final void foundAt(HostDirectory directory, Name as, HostAttributes a) {
    synchronized (places) {
      Place p = new Place(directory, as);
      if (isDirectoryType()) {
        places.clear(); // a directory has one name
      } else {
        places.remove(p);
      }
      places.add(p);
      nameless = false;
    }
    known(a);
  }

  /** A name was removed; {@code a} is from before. Returns whether it was the last one. */
  final boolean nameLost(HostDirectory directory, Name as, HostAttributes a) {
    boolean last = isDirectoryType() || a.nlink() <= 1;
    synchronized (places) {
      places.remove(new Place(directory, as));
      nameless = last || places.isEmpty();
    }
    known(a.withLinks(last ? 0 : a.nlink() - 1));
    return last;
  }

  final void moved(HostDirectory from, Name as, HostDirectory to, Name newName) {
    synchronized (places) {
      places.remove(new Place(from, as));
      places.add(new Place(to, newName));
    }
    stale();
  }

  /**
   * Finds the file on the host: every directory on the way is looked at without following links and
   * must be the one that the guest came by, and so must be the file.
   */
  Found locate() throws IOException {
    List<Place> candidates;
    synchronized (places) {
      candidates = List.copyOf(places.reversed());
    }
    for (Place p : candidates) {
      try {
        Path path = p.parent().child(p.parent().locate().path(), p.name());
        HostAttributes a = HostAttributes.read(path);
        if (a.sameFile(attributes)) {
          return new Found(path, a);
        }
      } catch (NoSuchFileException e) {
        // perhaps under another name
      }
    }
    throw new NoSuchFileException(toString());
  }

  /** Whether the file is where it was. */
  final boolean stillThere() {
    try {
      return locate().attributes().ino() == attributes.ino();
    } catch (IOException e) {
      return false;
    }
  }

  final <T> T located(Action<T> action) {
    return locked(fileSystem.tree().readLock(), action);
  }

  final <T> T changingTree(Action<T> action) {
    return locked(fileSystem.tree().writeLock(), action);
  }

  private <T> T locked(Lock lock, Action<T> action) {
    lock.lock();
    try {
      return action.run(locate());
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    } finally {
      lock.unlock();
    }
  }

  // Attributes

  private void known(HostAttributes a) {
    attributes = a;
    readAt = System.nanoTime();
    stale = false;
  }

  final HostAttributes knownAttributes() {
    return attributes;
  }

  /** The attributes: our changes are seen at once, those of others within a second. */
  final HostAttributes attributes() {
    if (stale || !fresh()) {
      refresh();
    }
    return attributes;
  }

  /** Reads the attributes again where the file still has a name. */
  final void refresh() {
    if (nameless) {
      return;
    }
    fileSystem.tree().readLock().lock();
    try {
      known(locate().attributes());
    } catch (IOException e) {
      readAt = System.nanoTime(); // gone behind our back: what was known stays
    } finally {
      fileSystem.tree().readLock().unlock();
    }
  }

  final boolean fresh() {
    return System.nanoTime() - readAt <= HostNode.VALID_NANOS;
  }

  /** Size, times or links have changed. */
  final void stale() {
    stale = true;
  }

  final boolean sameFile(HostAttributes a) {
    return attributes.sameFile(a);
  }

  private boolean isDirectoryType() {
    return FileMode.isDirectory(attributes.mode());
  }

  @Override
  public final int mode() {
    return (fresh() ? attributes : attributes()).mode();
  }

  @Override
  public final Stat stat() {
    long size = size();
    HostAttributes a = attributes();
    return new Stat(
        fileSystem.device(),
        fileSystem.inoOf(a),
        a.mode(),
        a.nlink(),
        shown(fileSystem.ids().guestUser(a.uid())),
        shown(fileSystem.ids().guestGroup(a.gid())),
        a.rdev(),
        size,
        4096,
        FileMode.isRegular(a.mode()) ? (size + 4095) / 4096 * 8 : a.blocks(),
        a.atime(),
        a.mtime(),
        a.ctime(),
        a.ctime());
  }

  private static int shown(int id) {
    return id == HostIds.NONE ? NOBODY : id;
  }

  @Override
  public final boolean hasOwner() {
    return hasUser() && hasGroup();
  }

  private boolean hasUser() {
    return fileSystem.ids().guestUser(attributes().uid()) != HostIds.NONE;
  }

  private boolean hasGroup() {
    return fileSystem.ids().guestGroup(attributes().gid()) != HostIds.NONE;
  }

  @Override
  public long size() {
    return attributes().size();
  }

  /** A file without a name keeps its attributes here only: they end with it. */
  @Override
  public final void setAttributes(AttributeChange change) {
    AttributeChange c = fileSystem.onHost(change);
    if (!hasUser() && c.uid() == null || !hasGroup() && c.gid() == null) {
      throw Errno.EOVERFLOW.exception();
    }
    if (nameless) {
      known(attributes.with(c, fileSystem.vfs().now()));
      return;
    }
    HostAttributes now =
        located(
            f -> {
              HostChanges.apply(f.path(), f.attributes(), c);
              return HostAttributes.read(f.path());
            });
    if (sameFile(now)) {
      known(now);
    }
  }

  @Override
  public final byte[] readLink(Task task) {
    return located(f -> HostNames.bytes(java.nio.file.Files.readSymbolicLink(f.path())));
  }

  @Override
  public String toString() {
    Place p = place();
    return p == null ? fileSystem.rootPath().toString() : p.name().toString();
  }
}
