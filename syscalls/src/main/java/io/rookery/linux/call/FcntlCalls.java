package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.PipeEnd;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.RecordLocks;
import io.rookery.linux.vfs.Sealable;
import io.rookery.linux.vfs.Subject;

/** fcntl(2) and flock(2). */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class FcntlCalls {
  private static final int F_DUPFD = 0;
  private static final int F_GETFD = 1;
  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_GETLK = 5;
  private static final int F_SETLK = 6;
  private static final int F_SETLKW = 7;
  private static final int F_SETOWN = 8;
  private static final int F_GETOWN = 9;
  private static final int F_SETSIG = 10;
  private static final int F_GETSIG = 11;
  private static final int F_SETOWN_EX = 15;
  private static final int F_GETOWN_EX = 16;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final int F_OFD_SETLKW = 38;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_GETPIPE_SZ = 1032;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_GET_SEALS = 1034;
  private static final int FD_CLOEXEC = 1;
  private static final int F_RDLCK = 0;
  private static final int F_WRLCK = 1;
  private static final int F_UNLCK = 2;
  private static final int F_OWNER_PID = 1;
  private static final int F_OWNER_PGRP = 2;
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int LOCK_UN = 8;

  private FcntlCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(72, "fcntl", FcntlCalls::fcntl, "fd, cmd, long");
    t.row(73, "flock", FcntlCalls::flock, "fd, operation");
  }

  static long fcntl(Task t, long fdArgument, long cmd, long arg, long d, long e, long f) {
    int fd = (int) fdArgument;
    FileDescription file = t.files().get(fd);
    int command = (int) cmd;
    return switch (command) {
      case F_DUPFD -> duplicate(t, file, false, (int) arg);
      case F_DUPFD_CLOEXEC -> duplicate(t, file, true, (int) arg);
      case F_GETFD -> t.files().closesOnExec(fd) ? FD_CLOEXEC : 0;
      case F_SETFD -> {
        t.files().setCloseOnExec(fd, (arg & FD_CLOEXEC) != 0);
        yield 0;
      }
      case F_GETFL -> file.flags();
      default -> {
        if (file.pathOnly()) {
          throw Errno.EBADF.exception();
        }
        yield onDescription(t, file, command, arg);
      }
    };
  }

  private static int duplicate(Task t, FileDescription file, boolean cloexec, int lowest) {
    if (lowest < 0 || lowest >= t.files().limit()) {
      throw Errno.EINVAL.exception();
    }
    return t.files().install(file, cloexec, lowest);
  }

  private static long onDescription(Task t, FileDescription file, int command, long arg) {
    switch (command) {
      case F_SETFL -> setFlags(t, file, (int) arg);
      case F_GETLK, F_OFD_GETLK -> getLock(t, file, arg, command == F_OFD_GETLK);
      case F_SETLK, F_SETLKW -> setLock(t, file, arg, t.process(), command == F_SETLKW);
      case F_OFD_SETLK, F_OFD_SETLKW -> {
        if (t.memory().getInt(arg + 24) != 0) {
          throw Errno.EINVAL.exception();
        }
        setLock(t, file, arg, file, command == F_OFD_SETLKW);
      }
      case F_SETOWN -> setOwner(t, file, (int) arg);
      case F_GETOWN -> {
        return file.owner();
      }
      case F_SETSIG -> {
        if (arg < 0 || arg > 64) {
          throw Errno.EINVAL.exception();
        }
        file.setOwnerSignal((int) arg);
      }
      case F_GETSIG -> {
        return file.ownerSignal();
      }
      case F_SETOWN_EX -> {
        int type = t.memory().getInt(arg);
        int id = t.memory().getInt(arg + 4);
        if (type < 0 || type > F_OWNER_PGRP) {
          throw Errno.EINVAL.exception();
        }
        setOwner(t, file, type == F_OWNER_PGRP ? -id : id);
      }
      case F_GETOWN_EX -> {
        int owner = file.owner();
        t.memory().putInt(arg, owner < 0 ? F_OWNER_PGRP : F_OWNER_PID);
        t.memory().putInt(arg + 4, Math.abs(owner));
      }
      case F_SETPIPE_SZ -> {
        return pipe(file).setCapacity(t, (int) arg);
      }
      case F_GETPIPE_SZ -> {
        return pipe(file).pipe().capacity();
      }
      case F_ADD_SEALS -> {
        if (!file.writable()) {
          throw Errno.EPERM.exception();
        }
        sealable(file).addSeals((int) arg);
      }
      case F_GET_SEALS -> {
        return sealable(file).seals();
      }
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }

  private static void setFlags(Task t, FileDescription file, int flags) {
    boolean quiet = (flags & ~file.flags() & OpenFlags.O_NOATIME) != 0;
    if (quiet && !Subject.of(t.credentials()).ownerOf(file.inode().stat())) {
      throw Errno.EPERM.exception();
    }
    file.setFlags(flags);
  }

  private static void setOwner(Task t, FileDescription file, int owner) {
    if (owner == Integer.MIN_VALUE) {
      throw Errno.EINVAL.exception();
    }
    if (owner != 0 && !t.kernel().pids().isUsed(Math.abs(owner))) {
      throw Errno.ESRCH.exception();
    }
    file.setOwner(owner);
  }

  private static PipeEnd pipe(FileDescription file) {
    if (file instanceof PipeEnd p) {
      return p;
    }
    throw Errno.EBADF.exception();
  }

  private static Sealable sealable(FileDescription file) {
    if (file.inode() instanceof Sealable s) {
      return s;
    }
    throw Errno.EINVAL.exception();
  }

  private record Range(int type, long start, long end) {}

  private static Range range(Task t, FileDescription file, long lock) {
    UserMemory m = t.memory();
    int type = m.getShort(lock);
    int whence = m.getShort(lock + 2);
    long start = m.getLong(lock + 8);
    long length = m.getLong(lock + 16);
    long base =
        switch (whence) {
          case 0 -> 0;
          case 1 -> file.seek(0, 1);
          case 2 -> file.inode().size();
          default -> throw Errno.EINVAL.exception();
        };
    if (type < F_RDLCK || type > F_UNLCK) {
      throw Errno.EINVAL.exception();
    }
    long from = base + start;
    if (length < 0) {
      from += length;
    }
    long end = length == 0 ? Long.MAX_VALUE : from + Math.abs(length) - 1;
    if (from < 0) {
      throw Errno.EINVAL.exception();
    }
    if (end < from) {
      throw Errno.EOVERFLOW.exception();
    }
    return new Range(type, from, end);
  }

  private static void setLock(Task t, FileDescription file, long lock, Object owner, boolean wait) {
    Range r = range(t, file, lock);
    RecordLocks locks = file.inode().locks();
    if (r.type() == F_UNLCK) {
      locks.unlock(owner, r.start(), r.end());
      return;
    }
    boolean exclusive = r.type() == F_WRLCK;
    if (exclusive ? !file.writable() : !file.readable()) {
      throw Errno.EBADF.exception();
    }
    int pid = owner == file ? -1 : t.process().pid();
    locks.lock(t, new RecordLocks.Lock(owner, pid, exclusive, r.start(), r.end()), wait);
  }

  private static void getLock(Task t, FileDescription file, long lock, boolean byDescription) {
    Range r = range(t, file, lock);
    if (r.type() == F_UNLCK) {
      throw Errno.EINVAL.exception();
    }
    UserMemory m = t.memory();
    Object owner = byDescription ? file : t.process();
    RecordLocks.Lock other =
        file.inode().locks().conflict(owner, r.type() == F_WRLCK, r.start(), r.end());
    if (other == null) {
      m.putShort(lock, (short) F_UNLCK);
      return;
    }
    m.putShort(lock, (short) (other.exclusive() ? F_WRLCK : F_RDLCK));
    m.putShort(lock + 2, (short) 0);
    m.putLong(lock + 8, other.start());
    m.putLong(lock + 16, other.end() == Long.MAX_VALUE ? 0 : other.end() - other.start() + 1);
    m.putInt(lock + 24, other.pid());
  }

  static long flock(Task t, long fd, long operation, long c, long d, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    RecordLocks locks = file.inode().locks();
    boolean wait = (operation & LOCK_NB) == 0;
    switch ((int) operation & ~LOCK_NB) {
      case LOCK_SH -> locks.flock(t, file, false, wait);
      case LOCK_EX -> locks.flock(t, file, true, wait);
      case LOCK_UN -> locks.unflock(file);
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }
}
