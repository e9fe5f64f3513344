package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The mounts that a group of processes sees. Thread-safe. */
public final class MountNamespace {
  private final AtomicInteger nextId;
  private final Map<VfsPath, Mount> mounts = new ConcurrentHashMap<>();
  private final List<Mount> order = new CopyOnWriteArrayList<>();
  private final Mount root;

  public MountNamespace(FileSystem fileSystem, String source, int flags) {
    nextId = new AtomicInteger(1);
    root =
        new Mount(
            nextId.getAndIncrement(), null, fileSystem, fileSystem.rootDentry(), source, flags);
    order.add(root);
  }

  /** The root mount. */
  public Mount root() {
    return root;
  }

  /** All mounts, oldest first. */
  public List<Mount> mounts() {
    return new ArrayList<>(order);
  }

  /** Mounts a file system on a directory or file; a later mount hides an earlier one. */
  public synchronized Mount mount(VfsPath at, FileSystem fs, String source, int flags) {
    return attach(at, fs, fs.rootDentry(), source, flags);
  }

  /** Makes a part of the tree visible at a second place (MS_BIND). */
  public synchronized Mount bind(VfsPath from, VfsPath at) {
    Mount m = from.mount();
    return attach(at, m.fileSystem(), from.dentry(), m.source(), m.flags());
  }

  private Mount attach(VfsPath at, FileSystem fs, Dentry rootOfIt, String source, int flags) {
    VfsPath top = enter(at);
    Mount m = new Mount(nextId.getAndIncrement(), top, fs, rootOfIt, source, flags);
    top.dentry().setMountPoint();
    mounts.put(top, m);
    order.add(m);
    return m;
  }

  /**
   * Removes the mount whose root this is, with all that is mounted below.
   *
   * @param busy whether one may not be removed: EBUSY, as where something is mounted below
   */
  public synchronized void unmount(VfsPath place, Predicate<Mount> busy) {
    List<Mount> below = order.stream().filter(c -> isOn(c, place.mount())).toList();
    requireRoot(place);
    if (!below.isEmpty() || busy.test(place.mount())) {
      throw Errno.EBUSY.exception();
    }
    detach(place.mount());
  }

  /** As above, but what is in use lives on without a place (MNT_DETACH). */
  public synchronized void detach(VfsPath place) {
    requireRoot(place);
    detach(place.mount());
  }

  private static void requireRoot(VfsPath place) {
    requireMount(place);
    if (place.mount().at() == null) {
      throw Errno.EINVAL.exception();
    }
  }

  private void detach(Mount m) {
    order.stream().filter(c -> isOn(c, m)).toList().forEach(this::detach);
    VfsPath at = m.at();
    if (at != null) {
      mounts.remove(at, m);
      order.remove(m);
      m.detach();
    }
  }

  private static boolean isOn(Mount child, Mount parent) {
    VfsPath at = child.at();
    return at != null && at.mount() == parent;
  }

  /** Changes the flags of the mount whose root this is. */
  public void remount(VfsPath place, int flags) {
    requireMount(place);
    place.mount().setFlags(flags);
  }

  /** EINVAL where nothing is mounted. */
  public static void requireMount(VfsPath place) {
    if (place.dentry() != place.mount().root()) {
      throw Errno.EINVAL.exception();
    }
  }

  /** Whether something is mounted there. */
  boolean isMountPoint(VfsPath p) {
    return p.dentry().mountPoint() && mounts.containsKey(p);
  }

  /** Whether something is mounted on this dentry through any mount. */
  boolean isMountPoint(Dentry d) {
    return d.mountPoint() && mounts.keySet().stream().anyMatch(p -> p.dentry() == d);
  }

  /** Follows mounts on a place to the root of the topmost one. */
  VfsPath enter(VfsPath p) {
    VfsPath place = p;
    while (place.dentry().mountPoint()) {
      Mount m = mounts.get(place);
      if (m == null) {
        return place;
      }
      place = m.rootPath();
    }
    return place;
  }

  /** The directory above, never leaving {@code root}. */
  VfsPath parent(VfsPath p, VfsPath root) {
    VfsPath place = p;
    while (true) {
      if (place.equals(root)) {
        return place;
      }
      if (place.dentry() == place.mount().root()) {
        VfsPath at = place.mount().at();
        if (at == null) {
          return place;
        }
        place = at;
        continue;
      }
      Dentry up = place.dentry().parent();
      return up == null ? place : enter(new VfsPath(place.mount(), up));
    }
  }
}
