package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostAttributes;
import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageCache;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory in memory. Over a host directory it holds the entries that differ from it; names that
 * were removed are whited out.
 */
final class MemoryDirectory extends MemoryInode {
  private static final int MAX_MISSES = 512;
  private static final int DIRECTORY_SIZE = 4096; // what a disk would say

  private final Object entries = new Object();
  private final Map<Name, MemoryInode> children = new LinkedHashMap<>(); // guarded by entries
  private final Set<Name> whiteouts = new HashSet<>(); // guarded by entries
  private final Map<Name, Long> misses = new HashMap<>(); // guarded by entries: not on the host

  MemoryDirectory(MemoryFileSystem fileSystem, int mode, int uid, int gid) {
    super(fileSystem, mode, uid, gid);
  }

  MemoryDirectory(
      MemoryFileSystem fileSystem, HostNode host, @Nullable MemoryDirectory foundIn, Name name) {
    super(fileSystem, host, foundIn, name);
  }

  @Override
  public long size() {
    HostNode h = host();
    if (h != null) {
      return h.attributes().size();
    }
    if (fileSystem().overHost()) {
      return DIRECTORY_SIZE;
    }
    synchronized (entries) {
      return 40 + 20L * children.size(); // as tmpfs counts
    }
  }

  @Override
  long blocks() {
    HostNode h = host();
    if (h != null) {
      return h.knownAttributes().blocks();
    }
    return fileSystem().overHost() ? DIRECTORY_SIZE / 512 : 0;
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    synchronized (entries) {
      MemoryInode child = children.get(name);
      if (child != null) {
        return child;
      }
      HostNode h = host();
      if (h == null || whiteouts.contains(name) || missedLately(name)) {
        return null;
      }
      HostNode found = fromHost(h, name);
      if (found == null) {
        if (misses.size() >= MAX_MISSES) {
          misses.clear();
        }
        misses.put(name, System.nanoTime());
        return null;
      }
      return fileSystem().inodeOf(found, this, name);
    }
  }

  private boolean missedLately(Name name) {
    Long at = misses.get(name);
    if (at == null) {
      return false;
    }
    if (System.nanoTime() - at < HostNode.VALID_NANOS) {
      return true;
    }
    misses.remove(name);
    return false;
  }

  private static @Nullable HostNode fromHost(HostNode host, Name name) {
    try {
      return host.lookup(name);
    } catch (java.nio.file.AccessDeniedException e) {
      throw Errno.EACCES.exception();
    } catch (IOException e) {
      throw PageCache.failure(e);
    }
  }

  @Override
  public boolean stillValid(Name name, Inode child, boolean certain) {
    if (!(child instanceof MemoryInode m) || !m.untouched()) {
      return true;
    }
    HostNode h = m.host();
    return h == null
        || (!certain && h.fresh() && m.isFoundAs(this, name))
        || child.equals(lookup(name));
  }

  @Override
  public List<DirEntry> list() {
    List<DirEntry> all = new ArrayList<>();
    synchronized (entries) {
      children.forEach(
          (n, i) -> all.add(new DirEntry(n, i.stat().ino(), FileMode.directoryType(i.mode()))));
      HostNode h = host();
      if (h == null) {
        return all;
      }
      try {
        for (Name n : h.list()) {
          if (children.containsKey(n) || whiteouts.contains(n)) {
            continue;
          }
          HostNode c = h.lookup(n);
          if (c != null) {
            HostAttributes a = c.knownAttributes();
            all.add(new DirEntry(n, fileSystem().inoOf(a), FileMode.directoryType(a.mode())));
          }
        }
      } catch (IOException e) {
        throw e instanceof java.nio.file.AccessDeniedException
            ? Errno.EACCES.exception()
            : PageCache.failure(e);
      }
    }
    return all;
  }

  /** A child that came from the host has been changed: it is held from now on. */
  void adopt(Name name, MemoryInode child) {
    own();
    synchronized (entries) {
      if (!whiteouts.contains(name)) {
        children.putIfAbsent(name, child);
      }
    }
  }

  private void put(Name name, MemoryInode child) {
    own();
    synchronized (entries) {
      whiteouts.remove(name);
      misses.remove(name);
      children.put(name, child);
    }
    modified();
  }

  private void take(Name name) {
    own();
    synchronized (entries) {
      children.remove(name);
      HostNode h = host();
      if (h != null && fromHost(h, name) != null) {
        whiteouts.add(name);
      }
    }
    modified();
  }

  private <T extends MemoryInode> T added(Name name, T child) {
    put(name, child);
    if (child instanceof MemoryDirectory) {
      addLinks(1);
    }
    return child;
  }

  @Override
  public Inode create(Name name, int mode, int uid, int gid, long rdev) {
    return FileMode.isRegular(mode)
        ? added(name, new MemoryFile(fileSystem(), mode, uid, gid))
        : added(name, new MemoryNode(fileSystem(), mode, uid, gid, rdev));
  }

  @Override
  public Inode createUnnamed(int mode, int uid, int gid) {
    MemoryFile f = new MemoryFile(fileSystem(), mode, uid, gid);
    f.addLinks(-1);
    return f;
  }

  @Override
  public Inode mkdir(Name name, int mode, int uid, int gid) {
    return added(name, new MemoryDirectory(fileSystem(), FileMode.S_IFDIR | mode, uid, gid));
  }

  @Override
  public Inode symlink(Name name, byte[] target, int uid, int gid) {
    return added(name, new MemoryLink(fileSystem(), target, uid, gid));
  }

  @Override
  public void link(Name name, Inode target) {
    MemoryInode t = (MemoryInode) target;
    t.own();
    if (t.links() > 0 && t.host() == null) { // the first name of a file without one is free
      fileSystem().linkMade();
    }
    t.addLinks(1);
    put(name, t);
  }

  @Override
  public void unlink(Name name, Inode victim) {
    MemoryInode v = (MemoryInode) victim;
    v.own();
    take(name);
    dropLink(v);
  }

  private static void dropLink(MemoryInode v) {
    if (v.addLinks(-1) == 0) {
      v.nameless();
    } else if (v.host() == null) {
      v.fileSystem().inodeFreed();
    }
  }

  @Override
  public void rmdir(Name name, Inode victim) {
    MemoryDirectory v = (MemoryDirectory) victim;
    if (!v.list().isEmpty()) {
      throw Errno.ENOTEMPTY.exception();
    }
    v.own();
    take(name);
    v.addLinks(-2);
    v.nameless();
    addLinks(-1);
  }

  @Override
  public void rename(
      Name name,
      Inode child,
      Inode newDirectory,
      Name newName,
      @Nullable Inode replaced,
      boolean exchange) {
    MemoryDirectory target = (MemoryDirectory) newDirectory;
    MemoryInode moved = (MemoryInode) child;
    moved.own();
    if (exchange && replaced instanceof MemoryInode other) {
      other.own();
      put(name, other);
      target.put(newName, moved);
      countMove(moved, this, target);
      countMove(other, target, this);
      other.addLinks(0);
    } else {
      if (replaced instanceof MemoryDirectory) {
        target.rmdir(newName, replaced);
      } else if (replaced != null) {
        target.unlink(newName, replaced);
      }
      take(name);
      target.put(newName, moved);
      countMove(moved, this, target);
    }
    moved.addLinks(0); // sets ctime
  }

  private static void countMove(MemoryInode moved, MemoryDirectory from, MemoryDirectory to) {
    if (moved instanceof MemoryDirectory && from != to) {
      from.addLinks(-1);
      to.addLinks(1);
    }
  }
}
