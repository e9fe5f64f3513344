package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.MemoryFiles;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Subject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The System V shared memory segments of a VM. Thread-safe. */
public final class SharedMemory {
  /** Most segments, and most bytes of one: what /proc/sys/kernel tells. */
  public static final int SHMMNI = 4096;

  public static final long SHMMAX = 1L << 40;

  /** Bytes of struct shmid_ds. */
  public static final int STATUS_SIZE = 112;

  private static final int IPC_CREAT = 01000;
  private static final int IPC_EXCL = 02000;

  private final Map<Integer, SharedSegment> segments = new TreeMap<>(); // guarded by this
  private int nextId; // guarded by this

  /** The segments of the task's VM. */
  public static SharedMemory of(Task task) {
    return task.kernel().vfs().singleton(SharedMemory.class, SharedMemory::new);
  }

  private SharedMemory() {}

  /** shmget(2): the identifier of the segment with a key, made if need be. */
  public synchronized int get(Task task, int key, long size, int flags) {
    SharedSegment found = key == 0 ? null : find(key);
    if (found != null) {
      if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) {
        throw Errno.EEXIST.exception();
      }
      check(task, found, (flags >> 6 | flags >> 3 | flags) & 6);
      if (size > found.size) {
        throw Errno.EINVAL.exception();
      }
      return found.id;
    }
    if (key != 0 && (flags & IPC_CREAT) == 0) {
      throw Errno.ENOENT.exception();
    }
    if (size <= 0 || size > SHMMAX) {
      throw Errno.EINVAL.exception();
    }
    if (segments.size() >= SHMMNI) {
      throw Errno.ENOSPC.exception();
    }
    FileDescription file = MemoryFiles.create(task, new byte[0], false);
    SharedSegment made = new SharedSegment(task, nextId, key, size, flags & 0777, file);
    file.inode().truncate(size + 4095 & -4096);
    segments.put(made.id, made);
    nextId = nextId + 1 & Integer.MAX_VALUE;
    return made.id;
  }

  private @Nullable SharedSegment find(int key) {
    for (SharedSegment segment : segments.values()) {
      if (segment.key == key) {
        return segment;
      }
    }
    return null;
  }

  /** The segment of an identifier; EINVAL. */
  public synchronized SharedSegment segment(int id) {
    SharedSegment found = segments.get(id);
    if (found == null) {
      throw Errno.EINVAL.exception();
    }
    return found;
  }

  /** EACCES unless the task may do that ({@link Subject#READ}, {@link Subject#WRITE}). */
  public void check(Task task, SharedSegment segment, int access) {
    Credentials c = task.credentials();
    synchronized (segment) {
      int shift;
      if (c.euid() == segment.uid || c.euid() == segment.creatorUid) {
        shift = 6;
      } else {
        shift = c.inEffectiveGroup(segment.gid) || c.inEffectiveGroup(segment.creatorGid) ? 3 : 0;
      }
      if ((access & ~(segment.mode >> shift)) != 0 && !c.capable(Capability.IPC_OWNER)) {
        throw Errno.EACCES.exception();
      }
    }
  }

  private static void checkOwner(Task task, SharedSegment segment) {
    Credentials c = task.credentials();
    if (c.euid() != segment.uid
        && c.euid() != segment.creatorUid
        && !c.capable(Capability.SYS_ADMIN)) {
      throw Errno.EPERM.exception();
    }
  }

  /** The task has attached or detached the segment; forks and exits are not noted. */
  public void used(Task task, SharedSegment segment, boolean attached) {
    synchronized (segment) {
      segment.lastPid = task.process().pid();
      if (attached) {
        segment.attachTime = task.kernel().vfs().now().seconds();
      }
    }
  }

  /** IPC_RMID: the identifier is gone, the memory once nobody has it attached. */
  public void remove(Task task, SharedSegment segment) {
    synchronized (this) {
      synchronized (segment) {
        checkOwner(task, segment);
      }
      segments.remove(segment.id);
    }
    segment.remove();
  }

  /** IPC_SET: owner and mode. */
  public void change(Task task, SharedSegment segment, int uid, int gid, int mode) {
    synchronized (segment) {
      checkOwner(task, segment);
      segment.uid = uid;
      segment.gid = gid;
      segment.mode = (segment.mode & ~0777) | (mode & 0777);
      segment.changeTime = task.kernel().vfs().now().seconds();
    }
  }

  /** IPC_STAT: struct shmid_ds. */
  public byte[] status(Task task, SharedSegment segment) {
    check(task, segment, Subject.READ);
    ByteBuffer b = ByteBuffer.allocate(STATUS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    synchronized (segment) {
      b.putInt(segment.key).putInt(segment.uid).putInt(segment.gid);
      b.putInt(segment.creatorUid).putInt(segment.creatorGid).putInt(segment.mode);
      b.putLong(0).putLong(0).putLong(0);
      b.putLong(segment.size);
      b.putLong(segment.attachTime).putLong(segment.detachTime).putLong(segment.changeTime);
      b.putInt(segment.creatorPid).putInt(segment.lastPid).putLong(segment.attached());
    }
    return b.array();
  }
}
