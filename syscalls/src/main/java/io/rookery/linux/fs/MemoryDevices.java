package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.DeviceRegistry;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageCaches;
import io.rookery.linux.vfs.PageStore;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The drivers of /dev/null, zero, full, random and urandom (null(4), full(4), random(4)). */
public final class MemoryDevices {
  private static final int MAJOR = 1;

  private enum Kind {
    NULL,
    ZERO,
    FULL,
    RANDOM
  }

  private MemoryDevices() {}

  /** Enters the drivers. */
  public static void register(Vfs vfs, RandomGenerator random) {
    DeviceRegistry d = vfs.devices();
    d.register(MAJOR, 3, (p, flags, t) -> new Device(Kind.NULL, p, flags, random, vfs));
    d.register(MAJOR, 5, (p, flags, t) -> new Device(Kind.ZERO, p, flags, random, vfs));
    d.register(MAJOR, 7, (p, flags, t) -> new Device(Kind.FULL, p, flags, random, vfs));
    d.register(MAJOR, 8, (p, flags, t) -> new Device(Kind.RANDOM, p, flags, random, vfs));
    d.register(MAJOR, 9, (p, flags, t) -> new Device(Kind.RANDOM, p, flags, random, vfs));
  }

  private static final class Device extends FileDescription {
    private static final int RNDGETENTCNT = 0x80045200;
    private static final int POOL_BITS = 256;

    private final Kind kind;
    private final VfsPath path;
    private final RandomGenerator random;
    private final Vfs vfs;

    Device(Kind kind, VfsPath path, int flags, RandomGenerator random, Vfs vfs) {
      super(flags);
      this.kind = kind;
      this.path = path;
      this.random = random;
      this.vfs = vfs;
    }

    @Override
    public Inode inode() {
      return path.inode();
    }

    @Override
    public VfsPath path() {
      return path;
    }

    @Override
    public boolean wholeTransfers() {
      return true;
    }

    @Override
    public int read(Task task, byte[] target, int offset, int length) {
      switch (kind) {
        case NULL -> {
          return 0;
        }
        case ZERO, FULL -> Arrays.fill(target, offset, offset + length, (byte) 0);
        case RANDOM -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, target, offset, length);
        }
      }
      return length;
    }

    @Override
    public int pread(Task task, byte[] target, int offset, int length, long position) {
      return read(task, target, offset, length);
    }

    @Override
    public int write(Task task, byte[] source, int offset, int length) {
      if (kind == Kind.FULL) {
        throw Errno.ENOSPC.exception();
      }
      return length;
    }

    @Override
    public int pwrite(Task task, byte[] source, int offset, int length, long position) {
      return write(task, source, offset, length);
    }

    @Override
    public long seek(long offset, int whence) {
      return 0;
    }

    @Override
    public long ioctl(Task task, int request, long argument) {
      if (kind == Kind.RANDOM && request == RNDGETENTCNT) {
        task.memory().putInt(argument, POOL_BITS);
        return 0;
      }
      return super.ioctl(task, request, argument);
    }

    /** Each mapping of /dev/zero is memory of its own. */
    @Override
    public @Nullable PageSource pages() {
      if (kind != Kind.ZERO) {
        return null;
      }
      PageCaches caches = vfs.caches();
      PageCache zeros = caches.newCache(PageStore.EMPTY, "/dev/zero", 0);
      try {
        zeros.truncate(1L << 47);
      } catch (IOException e) {
        throw PageCache.failure(e);
      }
      return zeros;
    }
  }
}
