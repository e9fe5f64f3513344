package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.in;
import static io.rookery.linux.i386.Argument.out;

import io.rookery.linux.abi.Support;
import io.rookery.linux.call.MessageQueueCalls;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.sysv.Message;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;

/** System V IPC with the multiplexer ipc(2), which is older, and POSIX message queues. */
final class IpcRows {
  private static final String PERMISSIONS = "iiiiiihhLL";
  private static final Struct SEMID = new Struct(PERMISSIONS + "qwqwLLL");
  private static final Struct MSQID = new Struct(PERMISSIONS + "qqqLLLiiLL");
  private static final Struct SHMID = new Struct(PERMISSIONS + "LqqqiiLLL");
  private static final Struct SHMINFO = new Struct("cLLLLLLLL");
  private static final Struct MQ_ATTR = new Struct("llllllll");
  private static final Struct SHM_INFO = new Struct("iLLLLL");

  /** Structures of today's layout; the one before had 16-bit user ids. */
  private static final int IPC_64 = 0x100;

  private static final int IPC_SET = 1;
  private static final int IPC_STAT = 2;
  private static final int IPC_INFO = 3;
  private static final int MSG_STAT = 11;
  private static final int MSG_STAT_ANY = 13;
  private static final int SHM_STAT = 13;
  private static final int SHM_INFO_COMMAND = 14;
  private static final int SHM_STAT_ANY = 15;
  private static final int SEM_STAT = 18;
  private static final int SEM_STAT_ANY = 20;

  private static final int SEMOP = 1;
  private static final int SEMGET = 2;
  private static final int SEMCTL = 3;
  private static final int SEMTIMEDOP = 4;
  private static final int MSGSND = 11;
  private static final int MSGRCV = 12;
  private static final int MSGGET = 13;
  private static final int MSGCTL = 14;
  private static final int SHMAT = 21;
  private static final int SHMDT = 22;
  private static final int SHMGET = 23;
  private static final int SHMCTL = 24;

  private IpcRows() {}

  static void register(Rows r) {
    r.with(393, "semget", "semget");
    r.like(
        394, "semctl", "semctl", (t, id, n, command, arg, e, f) -> semctl(t, id, n, command, arg));
    r.with(395, "shmget", "shmget");
    r.like(396, "shmctl", "shmctl", (t, id, command, arg, d, e, f) -> shmctl(t, id, command, arg));
    r.with(397, "shmat", "shmat");
    r.with(398, "shmdt", "shmdt");
    r.with(399, "msgget", "msgget");
    r.like(400, "msgsnd", "msgsnd", (t, id, m, size, flags, e, f) -> msgsnd(t, id, m, size, flags));
    r.like(
        401,
        "msgrcv",
        "msgrcv",
        (t, id, m, size, type, flags, f) -> msgrcv(t, id, m, size, type, flags));
    r.like(402, "msgctl", "msgctl", (t, id, command, arg, d, e, f) -> msgctl(t, id, command, arg));
    r.with(420, "semtimedop_time64", "semtimedop", PLAIN, PLAIN, PLAIN, in(Struct.TIMESPEC64));
    posix(r);
    r.own(
        117,
        "ipc",
        IpcRows::multiplexer,
        "int, int, int, int, ptr, int",
        Support.PARTIAL,
        "without IPC_64, structures with 16-bit ids: EINVAL");
  }

  private static void posix(Rows r) {
    r.with(277, "mq_open", "mq_open", PLAIN, PLAIN, PLAIN, in(MQ_ATTR));
    timed(r, 279, "mq_timedsend", "mq_timedsend", Struct.TIMESPEC);
    timed(r, 280, "mq_timedreceive", "mq_timedreceive", Struct.TIMESPEC);
    r.with(281, "mq_notify", "mq_notify", PLAIN, in(Struct.SIGEVENT));
    r.with(282, "mq_getsetattr", "mq_getsetattr", PLAIN, in(MQ_ATTR), out(MQ_ATTR));
    timed(r, 418, "mq_timedsend_time64", "mq_timedsend", Struct.TIMESPEC64);
    timed(r, 419, "mq_timedreceive_time64", "mq_timedreceive", Struct.TIMESPEC64);
  }

  private static void timed(Rows r, int number, String name, String wide, Struct time) {
    r.with(number, name, wide, PLAIN, PLAIN, PLAIN, PLAIN, in(time));
  }

  private static long semctl(Task t, long id, long number, long flagged, long arg) {
    int command = (int) flagged & ~IPC_64;
    Argument a =
        switch (command) {
          case IPC_STAT, SEM_STAT, SEM_STAT_ANY -> out(SEMID);
          case IPC_SET -> in(SEMID);
          default -> PLAIN;
        };
    return Call.convert(
        t,
        new Argument[] {PLAIN, PLAIN, PLAIN, a},
        Rows.wide("semctl"),
        id,
        number,
        command,
        arg,
        0,
        0);
  }

  private static long msgctl(Task t, long id, long flagged, long arg) {
    int command = (int) flagged & ~IPC_64;
    Argument a =
        switch (command) {
          case IPC_STAT, MSG_STAT, MSG_STAT_ANY -> out(MSQID);
          case IPC_SET -> in(MSQID);
          default -> PLAIN;
        };
    return Call.convert(
        t, new Argument[] {PLAIN, PLAIN, a}, Rows.wide("msgctl"), id, command, arg, 0, 0, 0);
  }

  private static long shmctl(Task t, long id, long flagged, long arg) {
    int command = (int) flagged & ~IPC_64;
    Argument a =
        switch (command) {
          case IPC_STAT, SHM_STAT, SHM_STAT_ANY -> out(SHMID);
          case IPC_SET -> in(SHMID);
          case IPC_INFO -> out(SHMINFO);
          case SHM_INFO_COMMAND -> out(SHM_INFO);
          default -> PLAIN;
        };
    return Call.convert(
        t, new Argument[] {PLAIN, PLAIN, a}, Rows.wide("shmctl"), id, command, arg, 0, 0, 0);
  }

  /** A message's type is a long, which the text follows. */
  private static long msgsnd(Task t, long id, long message, long size, long flags) {
    long type = t.memory().getInt(message);
    return MessageQueueCalls.send(t, id, type, message + 4, (int) size, flags);
  }

  private static long msgrcv(Task t, long id, long to, long size, long type, long flags) {
    Message m = MessageQueueCalls.receive(t, id, (int) size, (int) type, flags);
    t.memory().putInt(to, (int) m.type());
    return MessageQueueCalls.write(t, to + 4, m, size);
  }

  private static long multiplexer(
      Task t, long number, long first, long second, long third, long p, long fifth) {
    int version = (int) number >>> 16;
    return switch ((int) number & 0xffff) {
      case SEMOP -> Rows.wide("semop").call(t, first, p, second, 0, 0, 0);
      case SEMTIMEDOP ->
          Call.convert(
              t,
              new Argument[] {PLAIN, PLAIN, PLAIN, in(Struct.TIMESPEC)},
              Rows.wide("semtimedop"),
              first,
              p,
              second,
              fifth,
              0,
              0);
      case SEMGET -> Rows.wide("semget").call(t, first, second, third, 0, 0, 0);
      case SEMCTL -> {
        if (p == 0) {
          throw Errno.EINVAL.exception();
        }
        long arg = t.memory().getInt(p) & 0xffffffffL;
        yield semctl(t, first, second, today(t, third, SEM_STAT, SEM_STAT_ANY), arg);
      }
      case MSGSND -> msgsnd(t, first, p, second, third);
      case MSGRCV -> receive(t, version, first, second, third, p, fifth);
      case MSGGET -> Rows.wide("msgget").call(t, first, second, 0, 0, 0, 0);
      case MSGCTL -> msgctl(t, first, today(t, second, MSG_STAT, MSG_STAT_ANY), p);
      case SHMAT -> {
        if (version == 1) {
          throw Errno.EINVAL.exception();
        }
        long address = Rows.wide("shmat").call(t, first, p, second, 0, 0, 0);
        t.memory().putInt(third, (int) address);
        yield 0;
      }
      case SHMDT -> Rows.wide("shmdt").call(t, p, 0, 0, 0, 0, 0);
      case SHMGET -> Rows.wide("shmget").call(t, first, second, third, 0, 0, 0);
      case SHMCTL -> shmctl(t, first, today(t, second, SHM_STAT, SHM_STAT_ANY), p);
      default -> throw Errno.ENOSYS.exception();
    };
  }

  /** Version 0 passes the type and the buffer in a structure. */
  private static long receive(
      Task t, int version, long id, long size, long flags, long p, long type) {
    if ((int) id < 0 || (int) size < 0) {
      throw Errno.EINVAL.exception();
    }
    if (version != 0) {
      return msgrcv(t, id, p, size, type, flags);
    }
    if (p == 0) {
      throw Errno.EINVAL.exception();
    }
    UserMemory m = t.memory();
    return msgrcv(t, id, m.getInt(p) & 0xffffffffL, size, m.getInt(p + 4), flags);
  }

  /** A command, which if it has a structure must be of today's layout. */
  private static long today(Task t, long command, int stat, int statAny) {
    int c = (int) command & ~IPC_64;
    boolean structure = c == IPC_SET || c == IPC_STAT || c == stat || c == statAny;
    if (structure && (command & IPC_64) == 0) {
      t.kernel().reportRefused("ipc without IPC_64");
      throw Errno.EINVAL.exception();
    }
    return command;
  }
}
