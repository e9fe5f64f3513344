package io.rookery.linux.call;

import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.mm.FileMapping;
import io.rookery.linux.mm.MemoryDescriptor;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.VfsPath;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What processes hold of a mount: roots, working directories, open files, mappings, programs. Files
 * that are on their way through a socket are not seen.
 */
final class MountUse {
  private MountUse() {}

  /** Whether a process would miss the mount (umount(2): EBUSY). */
  @SuppressWarnings("ReferenceEquality") // mounts are who they are
  static boolean isBusy(Kernel kernel, Mount mount) {
    return any(
        kernel,
        t ->
            t.fs().root().mount() == mount
                || t.fs().cwd().mount() == mount
                || anyFile(t, d -> isOn(d.path(), mount))
                || mapped(t, tag -> tag instanceof VfsPath p && isOn(p, mount), false));
  }

  /** Whether a process has a file open for writing, or mapped so (mount(2): EBUSY). */
  static boolean isWritten(Kernel kernel, Predicate<Mount> which) {
    return any(
        kernel,
        t ->
            anyFile(
                    t,
                    d ->
                        d.writable()
                            && d.path() != null
                            && d.inode().isRegular()
                            && which.test(d.path().mount()))
                || mapped(t, tag -> tag instanceof VfsPath p && which.test(p.mount()), true));
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean isOn(@Nullable VfsPath path, Mount mount) {
    return path != null && path.mount() == mount;
  }

  private static boolean any(Kernel kernel, Predicate<Task> test) {
    for (ThreadGroup p : kernel.pids().processes()) {
      for (Task t : p.tasks()) {
        if (test.test(t)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean anyFile(Task t, Predicate<FileDescription> test) {
    FileTable files = t.files();
    for (int fd : files.descriptors()) {
      FileDescription d = files.find(fd);
      if (d != null && test.test(d)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mapped(Task t, Predicate<@Nullable Object> tag, boolean forWriting) {
    MemoryDescriptor mm = t.mm().tryRetain();
    if (mm == null) {
      return false;
    }
    try {
      boolean[] found = {false};
      mm.space()
          .forEachMapping(
              m -> {
                // A shared mapping of a file that is open for reading only has another tag.
                if ((m.shared() || !forWriting) && tag.test(untagged(m.tag(), forWriting))) {
                  found[0] = true;
                }
              });
      return found[0];
    } finally {
      mm.release();
    }
  }

  private static @Nullable Object untagged(@Nullable Object tag, boolean forWriting) {
    return tag instanceof FileMapping.ReadOnly(Object of) && !forWriting ? of : tag;
  }
}
