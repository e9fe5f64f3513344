/* System V semaphores. */
#include "calls.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

static key_t key;

static int own(int count, int mode) { return syscall(SYS_semget, IPC_PRIVATE, count, mode); }

static long control(int id, int number, int command, long arg) {
  return syscall(SYS_semctl, id, number, command, arg);
}

static void removed(int id) { control(id, 0, IPC_RMID, 0); }

static int value(int id, int number) { return control(id, number, GETVAL, 0); }

/* semop of one operation; semtimedop of 64 bits is the only way to it for 32-bit programs. */
static int operate(int id, int number, int change, int flags) {
  struct sembuf one = {number, change, flags};
  return semop(id, &one, 1);
}

static struct semid_ds status(int id) {
  struct semid_ds d = {0};
  control(id, 0, IPC_STAT, (long)&d);
  return d;
}

/* A child that operates, and only is there once it waits. */
static pid_t waiter(int id, int number, int change) {
  int command = change ? GETNCNT : GETZCNT, before = control(id, number, command, 0);
  pid_t child = fork();
  if (child == 0) _exit(operate(id, number, change, 0) ? errno : 0);
  while (control(id, number, command, 0) == before) usleep(1000);
  return child;
}

static void making(void) {
  CALL(semget, "of a key that nobody has", key, 1, 0600);
  CALL(semget, "of no semaphores", key, 0, IPC_CREAT | 0600);
  CALL(semget, "of fewer than none", key, -1, IPC_CREAT | 0600);
  CALL(semget, "of too many", key, 32001, IPC_CREAT | 0600);
  int id = CALL_OK(semget, "that makes one", key, 3, IPC_CREAT | IPC_EXCL | 0640);
  CALL(semget, "exclusively of one that is there", key, 3, IPC_CREAT | IPC_EXCL | 0600);
  CALL(semget, "of one that has fewer", key, 4, 0);
  EFFECT(semget, "of the same key is the same", syscall(SYS_semget, key, 3, IPC_CREAT) == id);
  EFFECT(semget, "of any count", syscall(SYS_semget, key, 0, 0) == id);
  EFFECT(semget, "all begin at zero", value(id, 0) + value(id, 1) + value(id, 2));
  IN_CHILD(become(1234); CALL(semget, "by a user without rights", key, 1, 0400);
           CALL_OK(semget, "by a user who asks for none", key, 1, 0));
  int one = own(1, 0600), other = own(1, 0600);
  EFFECT(semget, "private ones are different", one != other && one != id && other != id);
  removed(one);
  removed(other);
  removed(id);
  CALL(semget, "after the removal", key, 1, 0);
}

static void values(void) {
  int id = own(3, 0600);
  unsigned short all[3] = {7, 8, 9}, large[3] = {1, 2, 40000};
  CALL(semctl, "SETVAL", id, 1, SETVAL, 5L);
  CALL(semctl, "GETVAL", id, 1, GETVAL, 0L);
  CALL(semctl, "GETPID is who set it", id, 2, GETPID, 0L);
  EFFECT(semctl, "GETPID after SETVAL", control(id, 1, GETPID, 0) == getpid());
  CALL(semctl, "SETVAL of the largest", id, 1, SETVAL, 32767L);
  CALL(semctl, "SETVAL of more", id, 1, SETVAL, 32768L);
  CALL(semctl, "SETVAL of less than zero", id, 1, SETVAL, -1L);
  CALL(semctl, "SETVAL of a number too high", id, 3, SETVAL, 1L);
  CALL(semctl, "GETVAL of a negative number", id, -1, GETVAL, 0L);
  CALL(semctl, "SETALL", id, 0, SETALL, all);
  EFFECT(semctl, "SETALL: the values", value(id, 0) * 100 + value(id, 1) * 10 + value(id, 2));
  CALL(semctl, "SETALL with one too large", id, 0, SETALL, large);
  EFFECT(semctl, "SETALL is all or nothing", value(id, 0));
  CALL(semctl, "SETALL from no address", id, 0, SETALL, 8L);
  memset(all, 0, sizeof all);
  CALL(semctl, "GETALL", id, 99, GETALL, all);
  EFFECT(semctl, "GETALL: the values", all[0] * 100 + all[1] * 10 + all[2]);
  CALL(semctl, "GETALL to no address", id, 0, GETALL, 8L);
  CALL(semctl, "GETNCNT of nobody", id, 0, GETNCNT, 0L);
  CALL(semctl, "GETZCNT of nobody", id, 0, GETZCNT, 0L);
  CALL(semctl, "of no set", -1, 0, GETVAL, 0L);
  CALL(semctl, "of a command that is none", id, 0, 99, 0L);
  pid_t a = waiter(id, 0, 0), b = waiter(id, 0, -100);
  EFFECT(semctl, "GETZCNT of one", control(id, 0, GETZCNT, 0));
  EFFECT(semctl, "GETNCNT of one", control(id, 0, GETNCNT, 0));
  control(id, 0, SETVAL, 0);
  EFFECT(semctl, "SETVAL ends waiting for zero", end(a));
  removed(id);
  EFFECT(semctl, "IPC_RMID ends waiting", end(b) == EIDRM);
}

static void controlling(void) {
  int id = syscall(SYS_semget, key, 3, IPC_CREAT | 0640);
  struct semid_ds d;
  CALL(semctl, "IPC_STAT", id, 0, IPC_STAT, &d);
  EFFECT(semctl, "IPC_STAT: count", d.sem_nsems);
  EFFECT(semctl, "IPC_STAT: mode", d.sem_perm.mode);
  EFFECT(semctl, "IPC_STAT: key", d.sem_perm.__key == key);
  EFFECT(semctl, "IPC_STAT: times", d.sem_otime == 0 && d.sem_ctime != 0);
  operate(id, 0, 1, 0);
  EFFECT(semctl, "IPC_STAT: time of an operation", status(id).sem_otime != 0);
  CALL(semctl, "IPC_STAT to no address", id, 0, IPC_STAT, 8L);
  d.sem_perm.mode = 0604;
  CALL(semctl, "IPC_SET", id, 0, IPC_SET, &d);
  EFFECT(semctl, "IPC_SET: mode", status(id).sem_perm.mode);
  d.sem_perm.uid = -1;
  CALL(semctl, "IPC_SET of a user who is none", id, 0, IPC_SET, &d);
  IN_CHILD(become(1234); CALL(semctl, "GETVAL by a reader", id, 0, GETVAL, 0L);
           CALL(semctl, "SETVAL by a reader", id, 0, SETVAL, 1L);
           CALL(semctl, "IPC_RMID by a stranger", id, 0, IPC_RMID, 0L));
  struct seminfo info;
  int highest = CALL_OK(semctl, "SEM_INFO", 0, 0, SEM_INFO, &info);
  EFFECT(semctl, "SEM_INFO: some", info.semusz > 0 && info.semaem > 2);
  CALL_OK(semctl, "IPC_INFO", 0, 0, IPC_INFO, &info);
  EFFECT(semctl, "IPC_INFO: largest value", info.semvmx);
  int found = 0;
  for (int i = 0; i <= highest; i++) found += control(i, 0, SEM_STAT, (long)&d) == id;
  EFFECT(semctl, "SEM_STAT finds it", found);
  EFFECT(semctl, "SEM_STAT_ANY of an index", control(32767, 0, SEM_STAT_ANY, (long)&d));
  CALL(semctl, "IPC_RMID", id, 0, IPC_RMID, 0L);
  CALL(semctl, "IPC_RMID of one that is gone", id, 0, IPC_RMID, 0L);
}

/* Operations; i386 has semop only as a part of ipc, but semtimedop_time64. */
#ifdef __x86_64__
static void operating(void) {
  int id = own(2, 0602);
  struct sembuf both[] = {{0, 2, 0}, {1, 3, 0}}, wrong[] = {{0, 1, 0}, {2, 1, 0}};
  struct sembuf take[] = {{0, -2, 0}, {1, -4, IPC_NOWAIT}}, zero = {1, 0, IPC_NOWAIT};
  struct sembuf much = {0, 32767, 0}, undo = {1, 5, SEM_UNDO};
  CALL(semop, "of two semaphores", id, both, 2L);
  EFFECT(semop, "of two semaphores: values", value(id, 0) * 10 + value(id, 1));
  CALL(semop, "that would have to wait", id, take, 2L);
  EFFECT(semop, "is all or nothing", value(id, 0));
  CALL(semop, "for zero that would have to wait", id, &zero, 1L);
  CALL(semop, "over the largest value", id, &much, 1L);
  CALL(semop, "of a number too high", id, wrong, 2L);
  CALL(semop, "of no operations", id, both, 0L);
  CALL(semop, "of too many operations", id, both, 501L);
  CALL(semop, "from no address", id, 8L, 1L);
  CALL(semop, "of no set", -1, both, 1L);
  IN_CHILD(CALL(semop, "to be undone", id, &undo, 1L);
           EFFECT(semop, "to be undone: value", value(id, 1)));
  EFFECT(semop, "undone with the process", value(id, 1));
  IN_CHILD(become(1234); CALL(semop, "for zero by a writer", id, &zero, 1L);
           CALL(semop, "by a writer", id, both, 2L));
  pid_t a = waiter(id, 0, -6), b = waiter(id, 0, -5);
  CALL(semop, "that is enough for one", id, both, 2L);
  EFFECT(semop, "the one that it is enough for", end(a));
  EFFECT(semop, "the other waits", control(id, 0, GETNCNT, 0));
  kill(b, SIGKILL);
  EFFECT(semop, "waits until killed", end(b));
  EFFECT(semop, "killed no longer waits", control(id, 0, GETNCNT, 0));
  b = waiter(id, 0, -5);
  kill(b, SIGSTOP);
  waitpid(b, 0, WUNTRACED);
  kill(b, SIGCONT);
  EFFECT(semop, "interrupted by a stop", end(b) == EINTR);
  removed(id);
  CALL(semop, "of a set that is gone", id, both, 2L);
}
#endif

static void nothing(int s) {}

/* The layout of a time in semtimedop of 64 bits and of semtimedop_time64. */
struct time64 {
  int64_t seconds, nanos;
};

static void timing(void) {
  int id = own(1, 0600);
  struct sembuf up = {0, 1, 0}, down = {0, -1, 0}, now = {0, -1, IPC_NOWAIT}, high = {9, 1, 0};
  struct time64 soon = {0, 10000000}, bad = {0, 1000000000}, negative = {-1, 0}, late = {600, 0};
  struct sigaction s = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &s, 0);
#ifdef __x86_64__
  CALL(semtimedop, "that need not wait", id, &up, 1L, &late);
  CALL(semtimedop, "that takes what is there", id, &down, 1L, &soon);
  CALL(semtimedop, "whose time passes", id, &down, 1L, &soon);
  CALL(semtimedop, "that does not wait", id, &now, 1L, &late);
  CALL(semtimedop, "of a second in nanoseconds", id, &up, 1L, &bad);
  CALL(semtimedop, "of a time before now", id, &up, 1L, &negative);
  CALL(semtimedop, "with a time at no address", id, &up, 1L, 8L);
  CALL(semtimedop, "of no time limit", id, &up, 1L, 0L);
  CALL(semtimedop, "of a number too high", id, &high, 1L, &late);
  CALL(semtimedop, "of no operations", id, &up, 0L, &late);
  CALL(semtimedop, "of too many operations", id, &up, 501L, &late);
  CALL(semtimedop, "of no set", -1, &up, 1L, &late);
  control(id, 0, SETVAL, 0);
  alarm(1);
  CALL(semtimedop, "interrupted in spite of SA_RESTART", id, &down, 1L, &late);
#endif
#ifdef __i386__
  CALL(semtimedop_time64, "that need not wait", id, &up, 1L, &late);
  CALL(semtimedop_time64, "that takes what is there", id, &down, 1L, &soon);
  CALL(semtimedop_time64, "whose time passes", id, &down, 1L, &soon);
  CALL(semtimedop_time64, "that does not wait", id, &now, 1L, &late);
  CALL(semtimedop_time64, "of a second in nanoseconds", id, &up, 1L, &bad);
  CALL(semtimedop_time64, "of a time before now", id, &up, 1L, &negative);
  CALL(semtimedop_time64, "with a time at no address", id, &up, 1L, 8L);
  CALL(semtimedop_time64, "of no time limit", id, &up, 1L, 0L);
  CALL(semtimedop_time64, "of a number too high", id, &high, 1L, &late);
  CALL(semtimedop_time64, "of no set", -1, &up, 1L, &late);
  control(id, 0, SETVAL, 0);
  alarm(1);
  CALL(semtimedop_time64, "interrupted in spite of SA_RESTART", id, &down, 1L, &late);
#endif
  removed(id);
}

int main(void) {
  begin();
  key = 0x52000000 | (getpid() & 0xffff) << 4;
  making();
  values();
  controlling();
#ifdef __x86_64__
  operating();
#endif
  timing();
  return 0;
}
