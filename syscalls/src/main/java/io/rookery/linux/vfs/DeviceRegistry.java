package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The drivers behind device nodes, by device number. Thread-safe. */
public final class DeviceRegistry {
  /** No drivers yet. */
  public DeviceRegistry() {}

  /** Opens a character device. */
  @FunctionalInterface
  public interface Driver {
    FileDescription open(VfsPath path, int flags, Task task);
  }

  private final Map<Long, Driver> characterDevices = new ConcurrentHashMap<>();
  private final Map<Integer, Driver> characterMajors = new ConcurrentHashMap<>();

  /** Enters the driver of one character device. */
  public void register(int major, int minor, Driver driver) {
    characterDevices.put(FileMode.device(major, minor), driver);
  }

  /** Enters the driver of all other character devices of a major number. */
  public void registerMajor(int major, Driver driver) {
    characterMajors.put(major, driver);
  }

  FileDescription open(VfsPath path, int flags, Task task) {
    Stat s = path.inode().stat();
    if ((s.mode() & FileMode.S_IFMT) == FileMode.S_IFCHR) {
      Driver d = characterDevices.get(s.rdev());
      if (d == null) {
        d = characterMajors.get(FileMode.major(s.rdev()));
      }
      if (d != null) {
        return d.open(path, flags, task);
      }
    }
    throw Errno.ENXIO.exception();
  }
}
