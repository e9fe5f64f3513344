package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.MemoryFiles;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Vfs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The System V shared memory segments of a VM. Thread-safe. */
public final class SharedMemory {
  /** Most segments. */
  public static final int SHMMNI = 4096;

  /** What /proc tells of the most bytes of a segment, and the most pages of all: no limit. */
  public static final String UNLIMITED = "18446744073692774399"; // ULONG_MAX - 2^24

  private static final long LARGEST = 1L << 40;
  private static final int PAGE = 4096;

  private final IpcTable<SharedSegment> segments = new IpcTable<>(SHMMNI);

  private SharedMemory() {}

  /** The segments of the task's VM. */
  public static SharedMemory of(Task task) {
    return of(task.kernel().vfs());
  }

  static SharedMemory of(Vfs vfs) {
    return vfs.singleton(SharedMemory.class, SharedMemory::new);
  }

  /** shmget(2): the identifier of the segment with a key, made if need be. */
  public int get(Task task, int key, long size, int flags) {
    return segments
        .get(task, key, flags, s -> size <= s.size, id -> make(task, id, key, size, flags))
        .id();
  }

  private SharedSegment make(Task task, int id, int key, long size, int mode) {
    if (size <= 0 || size > LARGEST) {
      throw Errno.EINVAL.exception();
    }
    FileDescription file = MemoryFiles.create(task, new byte[0], false);
    SharedSegment made = new SharedSegment(this, task, id, key, size, mode, file);
    file.inode().truncate(size + PAGE - 1 & -PAGE);
    return made;
  }

  /** The segment of an identifier; EINVAL. */
  public SharedSegment segment(int id) {
    return segments.find(id);
  }

  /** The segment at an index (SHM_STAT); EINVAL. */
  public SharedSegment at(int index) {
    return segments.at(index);
  }

  /** The highest index in use. */
  public int highestIndex() {
    return segments.highestIndex();
  }

  /** IPC_RMID: the key is gone, the memory and the identifier once nobody has it attached. */
  public void remove(Task task, SharedSegment segment) {
    segment.checkOwner(task);
    segments.forgetKey(segment);
    segment.remove();
  }

  /** Nobody has a removed segment attached any more. */
  void forget(SharedSegment segment) {
    segments.remove(segment);
  }

  /** IPC_SET: owner and mode. */
  public void change(Task task, SharedSegment segment, int uid, int gid, int mode) {
    segment.change(task, uid, gid, mode);
  }

  /** IPC_INFO: struct shminfo64. */
  public byte[] limits() {
    long unlimited = Long.parseUnsignedLong(UNLIMITED);
    return ByteBuffer.allocate(72)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(unlimited)
        .putLong(1)
        .putLong(SHMMNI)
        .putLong(SHMMNI)
        .putLong(unlimited)
        .array();
  }

  /** SHM_INFO: struct shm_info. */
  public byte[] usage() {
    long total = 0;
    long resident = 0;
    for (SharedSegment s : segments.all()) {
      total += s.size + PAGE - 1 >> 12;
      resident += s.residentBytes() >> 12;
    }
    return ByteBuffer.allocate(48)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(segments.size())
        .putLong(total)
        .putLong(resident)
        .array();
  }

  /** /proc/sysvipc/shm. */
  String text() {
    StringBuilder b =
        new StringBuilder(
            "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid"
                + "  cgid      atime      dtime      ctime                   rss"
                + "                  swap\n");
    segments.all().forEach(s -> b.append(s.line()));
    return b.toString();
  }
}
