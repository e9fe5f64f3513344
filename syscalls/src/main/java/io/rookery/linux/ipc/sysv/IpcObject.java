package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a semaphore set, a message queue and a shared memory segment have in common: names, owner
 * and permissions (struct ipc64_perm). Fields without {@code final} are guarded by it.
 */
public abstract class IpcObject {
  private static final int PERMISSION_SIZE = 48;

  final int id;
  final int creatorUid;
  final int creatorGid;
  int key;
  int uid;
  int gid;
  int mode;
  long changeTime;
  boolean removed;

  IpcObject(Task creator, int id, int key, int mode) {
    Credentials c = creator.credentials();
    this.id = id;
    this.key = key;
    this.mode = mode & 0777;
    creatorUid = c.euid();
    creatorGid = c.egid();
    uid = creatorUid;
    gid = creatorGid;
    changeTime = seconds(creator);
  }

  /** The identifier that programs know. */
  public final int id() {
    return id;
  }

  static long seconds(Task task) {
    return task.kernel().vfs().now().seconds();
  }

  /**
   * EACCES unless the task may do that.
   *
   * @param access bits of {@link io.rookery.linux.vfs.Subject}
   */
  public final synchronized void check(Task task, int access) {
    Credentials c = task.credentials();
    int shift;
    if (c.euid() == uid || c.euid() == creatorUid) {
      shift = 6;
    } else {
      shift = c.inGroup(gid) || c.inGroup(creatorGid) ? 3 : 0;
    }
    if ((access & ~(mode >> shift)) != 0 && !c.capable(Capability.IPC_OWNER)) {
      throw Errno.EACCES.exception();
    }
  }

  /** EPERM unless the task may remove or change it. */
  final synchronized void checkOwner(Task task) {
    Credentials c = task.credentials();
    if (c.euid() != uid && c.euid() != creatorUid && !c.capable(Capability.SYS_ADMIN)) {
      throw Errno.EPERM.exception();
    }
  }

  /** IPC_SET: owner and permissions. */
  final synchronized void change(Task task, int newUid, int newGid, int newMode) {
    checkOwner(task);
    if (newUid == -1 || newGid == -1) {
      throw Errno.EINVAL.exception();
    }
    uid = newUid;
    gid = newGid;
    mode = (mode & ~0777) | (newMode & 0777);
    changeTime = seconds(task);
  }

  /** EIDRM when it has been removed meanwhile; called with the lock held. */
  final void checkThere() {
    if (removed) {
      throw Errno.EIDRM.exception();
    }
  }

  /** A structure that begins with struct ipc64_perm, which is filled in; the rest is to come. */
  final ByteBuffer structure(int size) {
    ByteBuffer b = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(key).putInt(uid).putInt(gid).putInt(creatorUid).putInt(creatorGid).putInt(mode);
    b.putShort((short) (id >> IpcTable.INDEX_BITS));
    return b.position(PERMISSION_SIZE);
  }
}
