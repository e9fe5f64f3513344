/* System V shared memory. */
#include "calls.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#define PAGE 4096L
#define BAD ((char *)-1)

static key_t key;

static int own(long size, int mode) { return syscall(SYS_shmget, IPC_PRIVATE, size, mode); }

static char *attached(int id) { return (char *)syscall(SYS_shmat, id, 0L, 0); }

static void removed(int id) { syscall(SYS_shmctl, id, IPC_RMID, 0L); }

static struct shmid_ds status(int id) {
  struct shmid_ds d = {0};
  syscall(SYS_shmctl, id, IPC_STAT, &d);
  return d;
}

/* A stretch of addresses that nothing else takes. */
static char *room(long size) {
  char *p = mmap(0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(p, size);
  return p;
}

static void making(void) {
  CALL(shmget, "of a key that nobody has", key, PAGE, 0600);
  CALL(shmget, "of no bytes", key, 0L, IPC_CREAT | 0600);
#ifdef __x86_64__
  CALL(shmget, "of more than there could be", key, (size_t)-1, IPC_CREAT | 0600);
#endif
  int id = CALL_OK(shmget, "that makes one", key, 5000L, IPC_CREAT | IPC_EXCL | 0640);
  CALL(shmget, "exclusively of one that is there", key, PAGE, IPC_CREAT | IPC_EXCL | 0600);
  CALL(shmget, "of one that is smaller", key, 5001L, 0);
  EFFECT(shmget, "of the same key is the same", syscall(SYS_shmget, key, 5000L, IPC_CREAT) == id);
  EFFECT(shmget, "of any size, for no bytes", syscall(SYS_shmget, key, 0L, 0) == id);
  EFFECT(shmget, "the size is what was asked for", status(id).shm_segsz);
  EFFECT(shmget, "exclusive without creating", syscall(SYS_shmget, key, 1L, IPC_EXCL) == id);
  IN_CHILD(become(1234); CALL(shmget, "by a user without rights", key, 1L, 0400);
           CALL_OK(shmget, "by a user who asks for none", key, 1L, 0));
  int one = own(1, 0600), other = own(1, 0600);
  EFFECT(shmget, "private ones are different", one != other && one != id && other != id);
  removed(one);
  removed(other);
  removed(id);
  CALL(shmget, "after the removal", key, 1L, 0);
}

static void attaching(void) {
  int id = own(2 * PAGE, 0600);
  char *p = (char *)CALL_OK(shmat, "anywhere", id, 0L, 0);
  EFFECT(shmat, "its bytes are zero", p[0] == 0 && p[2 * PAGE - 1] == 0);
  char *q = attached(id);
  p[5] = 'x';
  EFFECT(shmat, "twice, of the same bytes", q != p && q[5] == 'x');
  EFFECT(shmat, "counts", status(id).shm_nattch);
  IN_CHILD(EFFECT(shmat, "counts after fork", status(id).shm_nattch); p[6] = 'y');
  EFFECT(shmat, "written by a child", q[6]);
  EFFECT(shmat, "counts when the child is gone", status(id).shm_nattch);
  char *r = room(4 * PAGE);
  EFFECT(shmat, "at an address", (char *)syscall(SYS_shmat, id, r, 0) == r);
  CALL(shmat, "where something is", id, r, 0);
  CALL(shmat, "at an address between pages", id, r + 1, 0);
  EFFECT(shmat, "rounded down", (char *)syscall(SYS_shmat, id, r + 3 * PAGE - 1, SHM_RND) == BAD);
  EFFECT(shmat, "over what is there", (char *)syscall(SYS_shmat, id, r, SHM_REMAP) == r);
  CALL(shmat, "over nothing in particular", id, 0L, SHM_REMAP);
#ifdef __x86_64__
  CALL(shmat, "above all addresses", id, (void *)-0x10000L, 0);
#endif
  CALL(shmat, "of no segment", -1, 0L, 0);
  CALL(shmat, "of a segment that nobody made", id + 0x10000, 0L, 0);
  p = (char *)CALL_OK(shmat, "for reading", id, 0L, SHM_RDONLY);
  EFFECT(shmat, "read through a reader's", p[6]);
  EFFECT(shmat, "write through a reader's", mprotect(p, PAGE, PROT_READ | PROT_WRITE));
  IN_CHILD(become(1234); CALL(shmat, "by a user who may not", id, 0L, 0);
           EFFECT(shmat, "kept by a user who may not", p[6]));
  int readable = own(1, 0604);
  IN_CHILD(become(1234); CALL(shmat, "for writing by a reader", readable, 0L, 0);
           CALL_OK(shmat, "for reading by a reader", readable, 0L, SHM_RDONLY));
  removed(readable);
  removed(id);
  CALL_OK(shmat, "of one removed but attached", id, 0L, 0);
}

static void detaching(void) {
  int id = own(2 * PAGE, 0600);
  char *p = attached(id);
  strcpy(p, "stays");
  CALL(shmdt, "at an address between pages", p + 1);
  CALL(shmdt, "in its midst", p + PAGE);
  CALL(shmdt, "of what is attached", p);
  CALL(shmdt, "again", p);
  CALL(shmdt, "of nothing", 0L);
  CALL(shmdt, "of other memory", room(PAGE));
  EFFECT(shmdt, "counts", status(id).shm_nattch);
  EFFECT(shmdt, "is noted", status(id).shm_lpid == getpid() && status(id).shm_dtime != 0);
  p = attached(id);
  EFFECT(shmdt, "the bytes stay", strcmp(p, "stays"));
  munmap(p, PAGE);
  EFFECT(shmdt, "when its first page is unmapped", syscall(SYS_shmdt, p));
  EFFECT(shmdt, "when its first page is unmapped: counts", status(id).shm_nattch);
  p = attached(id);
  char *q = attached(id);
  mprotect(p, PAGE, PROT_READ);
  EFFECT(shmdt, "when its pages have got different rights", syscall(SYS_shmdt, p));
  EFFECT(shmdt, "leaves another attachment", status(id).shm_nattch == 1 && !strcmp(q, "stays"));
  removed(id);
  EFFECT(shmdt, "one removed is there while attached", status(id).shm_nattch);
  struct shmid_ds b;
  CALL(shmdt, "the last", q);
  EFFECT(shmdt, "after the last it is gone", syscall(SYS_shmctl, id, IPC_STAT, b));
}

static void controlling(void) {
  int id = syscall(SYS_shmget, key, 5000L, IPC_CREAT | 0640);
  struct shmid_ds d;
  CALL(shmctl, "IPC_STAT", id, IPC_STAT, &d);
  EFFECT(shmctl, "IPC_STAT: size", d.shm_segsz);
  EFFECT(shmctl, "IPC_STAT: mode", d.shm_perm.mode);
  EFFECT(shmctl, "IPC_STAT: key", d.shm_perm.__key == key);
  EFFECT(shmctl, "IPC_STAT: owner", d.shm_perm.uid + d.shm_perm.gid + d.shm_perm.cuid);
  EFFECT(shmctl, "IPC_STAT: who made it", d.shm_cpid == getpid() && d.shm_lpid == 0);
  EFFECT(shmctl, "IPC_STAT: never attached", d.shm_atime == 0 && d.shm_dtime == 0 && d.shm_ctime);
  CALL(shmctl, "IPC_STAT to no address", id, IPC_STAT, 8L);
  CALL(shmctl, "IPC_STAT of no segment", -1, IPC_STAT, &d);
  CALL(shmctl, "of a command that is none", id, 99, &d);
  CALL(shmctl, "of a negative command", id, -1, &d);
  CALL(shmctl, "SHM_LOCK", id, SHM_LOCK, 0L);
  EFFECT(shmctl, "SHM_LOCK shows in the mode", status(id).shm_perm.mode);
  CALL(shmctl, "SHM_UNLOCK", id, SHM_UNLOCK, 0L);
  EFFECT(shmctl, "SHM_UNLOCK shows in the mode", status(id).shm_perm.mode);
  d.shm_perm.mode = 0177604;
  d.shm_perm.uid = 77;
  CALL(shmctl, "IPC_SET", id, IPC_SET, &d);
  EFFECT(shmctl, "IPC_SET: mode", status(id).shm_perm.mode);
  EFFECT(shmctl, "IPC_SET: user", status(id).shm_perm.uid);
  d.shm_perm.gid = -1;
  CALL(shmctl, "IPC_SET of a group that is none", id, IPC_SET, &d);
  CALL(shmctl, "IPC_SET from no address", id, IPC_SET, 8L);
  IN_CHILD(become(1234); CALL(shmctl, "IPC_STAT by a reader", id, IPC_STAT, &d);
           d.shm_perm.gid = 0; CALL(shmctl, "IPC_SET by a stranger", id, IPC_SET, &d);
           CALL(shmctl, "IPC_RMID by a stranger", id, IPC_RMID, 0L);
           CALL(shmctl, "SHM_UNLOCK by a stranger", id, SHM_UNLOCK, 0L));
  struct shm_info info;
  struct shminfo limits;
  int highest = CALL_OK(shmctl, "SHM_INFO", 0, SHM_INFO, &info);
  EFFECT(shmctl, "SHM_INFO: some", info.used_ids > 0 && info.shm_tot > 1);
  CALL_OK(shmctl, "IPC_INFO", 0, IPC_INFO, &limits);
  EFFECT(shmctl, "IPC_INFO: least", limits.shmmin);
  int found = 0;
  for (int i = 0; i <= highest; i++)
    found += syscall(SYS_shmctl, i, SHM_STAT, &d) == id && d.shm_segsz == 5000;
  EFFECT(shmctl, "SHM_STAT finds it", found);
  EFFECT(shmctl, "SHM_STAT_ANY of an index", syscall(SYS_shmctl, 32767, SHM_STAT_ANY, &d));
  char *p = attached(id);
  CALL(shmctl, "IPC_RMID", id, IPC_RMID, 0L);
  EFFECT(shmctl, "IPC_RMID of one attached: mode", status(id).shm_perm.mode);
  EFFECT(shmctl, "IPC_RMID of one attached: no key", status(id).shm_perm.__key);
  shmdt(p);
  CALL(shmctl, "IPC_RMID of one that is gone", id, IPC_RMID, 0L);
}

int main(void) {
  begin();
  key = 0x51000000 | (getpid() & 0xffff) << 4;
  making();
  attaching();
  detaching();
  controlling();
  return 0;
}
