package io.rookery.linux.i386;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;

/** The system calls of i386 (arch/x86/entry/syscalls/syscall_32.tbl in Linux's numbering). */
public final class I386Table {
  private static final String SAME =
      """
      0 restart_syscall; 1 exit; 2 fork; 3 read; 4 write; 6 close; 8 creat; 9 link
      10 unlink; 12 chdir; 14 mknod; 15 chmod; 20 getpid; 21 mount; 27 alarm; 29 pause; 33 access
      36 sync; 37 kill; 38 rename; 39 mkdir; 40 rmdir; 41 dup; 42 pipe; 45 brk; 51 acct; 52 umount2
      54 ioctl; 57 setpgid; 60 umask; 61 chroot; 62 ustat; 63 dup2; 64 getppid; 65 getpgrp; 66 setsid
      74 sethostname; 83 symlink; 85 readlink; 86 uselib; 87 swapon; 88 reboot; 91 munmap
      94 fchmod; 96 getpriority; 97 setpriority; 101 ioperm; 103 syslog; 110 iopl; 111 vhangup
      115 swapoff; 118 fsync; 121 setdomainname; 122 uname; 123 modify_ldt; 125 mprotect
      127 create_module; 128 init_module; 129 delete_module; 130 get_kernel_syms; 131 quotactl
      132 getpgid; 133 fchdir; 135 sysfs; 136 personality; 137 afs_syscall; 143 flock; 144 msync
      147 getsid; 148 fdatasync; 149 _sysctl; 150 mlock; 151 munlock; 152 mlockall; 153 munlockall
      154 sched_setparam; 155 sched_getparam; 156 sched_setscheduler; 157 sched_getscheduler
      158 sched_yield; 159 sched_get_priority_max; 160 sched_get_priority_min; 163 mremap
      167 query_module; 168 poll; 169 nfsservctl; 172 prctl; 175 rt_sigprocmask; 176 rt_sigpending
      179 rt_sigsuspend; 183 getcwd; 184 capget; 185 capset; 188 getpmsg; 189 putpmsg; 190 vfork
      198 lchown32=lchown; 199 getuid32=getuid; 200 getgid32=getgid; 201 geteuid32=geteuid
      202 getegid32=getegid; 203 setreuid32=setreuid; 204 setregid32=setregid
      205 getgroups32=getgroups; 206 setgroups32=setgroups; 207 fchown32=fchown
      208 setresuid32=setresuid; 209 getresuid32=getresuid; 210 setresgid32=setresgid
      211 getresgid32=getresgid; 212 chown32=chown; 213 setuid32=setuid; 214 setgid32=setgid
      215 setfsuid32=setfsuid; 216 setfsgid32=setfsgid; 217 pivot_root; 218 mincore; 219 madvise
      220 getdents64; 224 gettid; 226 setxattr; 227 lsetxattr; 228 fsetxattr; 229 getxattr
      230 lgetxattr; 231 fgetxattr; 232 listxattr; 233 llistxattr; 234 flistxattr; 235 removexattr
      236 lremovexattr; 237 fremovexattr; 238 tkill; 239 sendfile64=sendfile; 241 sched_setaffinity
      245 io_setup; 246 io_destroy; 247 io_getevents; 248 io_submit; 249 io_cancel; 252 exit_group
      253 lookup_dcookie; 254 epoll_create; 255 epoll_ctl; 256 epoll_wait; 257 remap_file_pages
      258 set_tid_address; 262 timer_getoverrun; 263 timer_delete; 270 tgkill; 273 vserver; 274 mbind
      275 get_mempolicy; 276 set_mempolicy; 278 mq_unlink
      283 kexec_load; 286 add_key
      287 request_key; 288 keyctl; 289 ioprio_set; 290 ioprio_get; 291 inotify_init
      292 inotify_add_watch; 293 inotify_rm_watch; 294 migrate_pages
      296 mkdirat; 297 mknodat; 298 fchownat; 301 unlinkat; 302 renameat; 303 linkat; 304 symlinkat
      305 readlinkat; 306 fchmodat; 307 faccessat; 310 unshare; 313 splice; 315 tee
      317 move_pages; 318 getcpu; 319 epoll_pwait; 321 signalfd; 322 timerfd_create; 323 eventfd
      327 signalfd4; 328 eventfd2; 329 epoll_create1; 330 dup3; 331 pipe2; 332 inotify_init1
      336 perf_event_open
      338 fanotify_init; 339 fanotify_mark; 340 prlimit64; 341 name_to_handle_at
      342 open_by_handle_at; 344 syncfs; 346 setns; 349 kcmp; 350 finit_module; 351 sched_setattr
      352 sched_getattr; 353 renameat2; 354 seccomp; 355 getrandom; 356 memfd_create; 357 bpf
      359 socket; 360 socketpair; 361 bind; 362 connect; 363 listen; 364 accept4; 367 getsockname
      368 getpeername; 369 sendto; 371 recvfrom; 373 shutdown; 374 userfaultfd; 375 membarrier
      376 mlock2; 377 copy_file_range; 380 pkey_mprotect; 381 pkey_alloc; 382 pkey_free; 383 statx
      385 io_pgetevents; 386 rseq; 404 clock_settime64=clock_settime
      405 clock_adjtime64=clock_adjtime; 416 io_pgetevents_time64=io_pgetevents
      425 io_uring_setup
      426 io_uring_enter; 427 io_uring_register; 428 open_tree; 429 move_mount; 430 fsopen
      431 fsconfig; 432 fsmount; 433 fspick; 434 pidfd_open; 435 clone3; 436 close_range; 437 openat2
      438 pidfd_getfd; 439 faccessat2; 440 process_madvise; 442 mount_setattr; 443 quotactl_fd
      444 landlock_create_ruleset; 445 landlock_add_rule; 446 landlock_restrict_self
      447 memfd_secret; 448 process_mrelease; 449 futex_waitv; 450 set_mempolicy_home_node
      452 fchmodat2
      """;

  /** Calls that Linux itself answers with ENOSYS. */
  private static final String EMPTY =
      """
      17 break; 31 stty; 32 gtty; 35 ftime; 44 prof; 53 lock; 56 mpx; 58 ulimit; 98 profil; 112 idle
      113 vm86old; 134 bdflush; 166 vm86
      """;

  private static final SyscallTable TABLE = make();

  private I386Table() {}

  /** The table. */
  public static SyscallTable get() {
    return TABLE;
  }

  private static SyscallTable make() {
    SyscallTable.Builder t = SyscallTable.builder("i386");
    Rows rows = new Rows(t);
    rows.same(SAME);
    refuse(rows, EMPTY, "ENOSYS in 64-bit Linux, too");
    FileRows.register(rows);
    OffsetRows.register(rows);
    IdentityRows.register(rows);
    IpcRows.register(rows);
    ProcessRows.register(rows);
    SignalRows.register(rows);
    SocketRows.register(rows);
    SystemRows.register(rows);
    TimeRows.register(rows);
    return t.build();
  }

  private static void refuse(Rows rows, String list, String reason) {
    for (String entry : list.strip().split("\\s*[;\\n]\\s*", -1)) {
      int space = entry.indexOf(' ');
      rows.own(
          Integer.parseInt(entry.substring(0, space)),
          entry.substring(space + 1),
          (task, a, b, c, d, e, f) -> {
            throw Errno.ENOSYS.exception();
          },
          "",
          Support.REFUSED,
          reason);
    }
  }
}
