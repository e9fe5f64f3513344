package io.rookery.linux.mm;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.VfsPath;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.PageSource;
import io.rookery.mmu.Protection;
import org.jspecify.annotations.Nullable;

/** What mmap(2) maps: the pages of a file, or nothing but zeros. */
public final class FileMapping {
  private static final int MAP_DENYWRITE = 0x800;

  private final @Nullable PageSource source;
  private final int flags;
  private final @Nullable Object tag;

  /** The tag of a shared mapping through a descriptor that cannot be written to. */
  public record ReadOnly(@Nullable Object of) {
    @Override
    public String toString() {
      return String.valueOf(of);
    }
  }

  private FileMapping(@Nullable PageSource source, int flags, @Nullable Object tag) {
    this.source = source;
    this.flags = flags;
    this.tag = tag;
  }

  public static FileMapping anonymous(int flags) {
    return new FileMapping(null, flags, null);
  }

  /**
   * The mapping of a file.
   *
   * @throws io.rookery.linux.errno.ErrnoException EACCES, ENODEV, EPERM as mmap(2)
   */
  public static FileMapping of(FileDescription file, int flags, int protection) {
    boolean shared = (flags & MapFlags.SHARED) != 0;
    if (!file.readable() || (shared && (protection & Protection.WRITE) != 0 && !file.writable())) {
      throw Errno.EACCES.exception();
    }
    VfsPath path = file.path();
    if (path != null && (protection & Protection.EXEC) != 0 && path.mount().has(Mount.MS_NOEXEC)) {
      throw Errno.EPERM.exception();
    }
    PageSource pages = file.pages();
    if (pages == null) {
      throw Errno.ENODEV.exception();
    }
    if (shared && file.writable()) {
      file.mappedForWriting();
    }
    Object tag = path != null ? path : file.label();
    return new FileMapping(pages, flags, shared && !file.writable() ? new ReadOnly(tag) : tag);
  }

  /**
   * mprotect(2) may not make a shared mapping writable whose file was opened for reading; EACCES.
   */
  public static void checkProtection(AddressSpace space, long from, long to, int protection) {
    if ((protection & Protection.WRITE) == 0) {
      return;
    }
    for (long at = from; at < to; ) {
      Mapping m = space.mappingAt(at);
      if (m == null) {
        return;
      }
      if (m.shared() && m.tag() instanceof ReadOnly) {
        throw Errno.EACCES.exception();
      }
      at = m.end();
    }
  }

  /**
   * Where a library is to lie in every process: the dynamic linker's first mapping of a library has
   * MAP_DENYWRITE.
   *
   * @return an address, or 0
   */
  public long preferredAddress(Task task, long length, int mmapFlags) {
    if (source == null || (flags & MapFlags.SHARED) != 0 || (mmapFlags & MAP_DENYWRITE) == 0) {
      return 0;
    }
    return task.kernel().imageAddresses().preferred(source, length, 4096, task.mm().layout());
  }

  public long map(AddressSpace space, long address, long length, int protection, long offset) {
    return space.map(address, length, protection, flags, source, offset, tag);
  }

  public long mapAnywhere(AddressSpace space, long hint, long length, int protection, long offset) {
    return space.mapAnywhere(hint, length, protection, flags, source, offset, tag);
  }
}
