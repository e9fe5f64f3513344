package io.rookery.linux.vfs;

import com.google.common.collect.MapMaker;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * All dentries of a VM. A dentry that anybody holds is the only one of its name, so that cwd, open
 * files and mount points agree; beyond that a fixed number of recent ones is kept.
 */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
final class DentryCache {
  private static final int RECENT = 1 << 14;

  private record Key(Dentry parent, Name name) {
    @Override
    public int hashCode() {
      return System.identityHashCode(parent) * 31 + name.hashCode();
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Key k && k.parent == parent && k.name.equals(name);
    }
  }

  private final ConcurrentMap<Key, Dentry> all = new MapMaker().weakValues().makeMap();
  private final AtomicReferenceArray<@Nullable Dentry> recent = new AtomicReferenceArray<>(RECENT);

  /** The child, from the cache or the file system; null when there is none. */
  @Nullable Dentry child(Dentry parent, Name name) {
    return child(parent, name, false);
  }

  /** As above; {@code certain} asks the file system whether what the cache has still holds. */
  @Nullable Dentry child(Dentry parent, Name name, boolean certain) {
    Key key = new Key(parent, name);
    Dentry d = all.get(key);
    if (d != null && parent.inode().stillValid(name, d.inode(), certain)) {
      keep(key, d);
      return d;
    }
    var lock = parent.inode().fileSystem().namespaceLock().readLock();
    lock.lock();
    try {
      if (parent.deleted()) {
        return null;
      }
      Inode inode = parent.inode().lookup(name);
      if (inode == null) {
        forget(parent, name);
        return null;
      }
      return add(parent, name, inode);
    } finally {
      lock.unlock();
    }
  }

  /** Enters a child that the file system has; the name space lock is held. */
  Dentry add(Dentry parent, Name name, Inode inode) {
    Key key = new Key(parent, name);
    while (true) {
      Dentry d = all.get(key);
      if (d != null && d.inode() == inode && !d.deleted()) {
        keep(key, d);
        return d;
      }
      Dentry fresh = new Dentry(parent, name, inode);
      if (d == null ? all.putIfAbsent(key, fresh) == null : all.replace(key, d, fresh)) {
        if (d != null) {
          d.markDeleted();
        }
        keep(key, fresh);
        return fresh;
      }
    }
  }

  /** A dentry outside the cache, for files without a lasting name. */
  static Dentry detached(@Nullable Dentry parent, Name name, Inode inode) {
    return new Dentry(parent, name, inode);
  }

  /** The name was removed from the file system. */
  void forget(Dentry parent, Name name) {
    Dentry d = all.remove(new Key(parent, name));
    if (d != null) {
      d.markDeleted();
    }
  }

  /** The name moved; whatever was at the new place must have been forgotten. */
  void move(Dentry d, Dentry newParent, Name newName) {
    Dentry parent = d.parent();
    if (parent != null) {
      all.remove(new Key(parent, d.name()), d);
    }
    d.moveTo(newParent, newName);
    all.put(new Key(newParent, newName), d);
  }

  /** Two names changed places. */
  void exchange(Dentry a, Dentry b) {
    Dentry parentA = a.parent();
    Dentry parentB = b.parent();
    if (parentA == null || parentB == null) {
      throw new IllegalArgumentException("the root of a file system cannot move");
    }
    Name nameA = a.name();
    a.moveTo(parentB, b.name());
    b.moveTo(parentA, nameA);
    all.put(new Key(parentA, b.name()), b);
    all.put(new Key(parentB, a.name()), a);
  }

  private void keep(Key key, Dentry d) {
    int slot = key.hashCode();
    slot = (slot ^ slot >>> 15) & (RECENT - 1);
    if (recent.getPlain(slot) != d) {
      recent.setPlain(slot, d);
    }
  }

  /** Lets all go that nobody holds. */
  void shrink() {
    for (int i = 0; i < RECENT; i++) {
      recent.setPlain(i, null);
    }
  }
}
