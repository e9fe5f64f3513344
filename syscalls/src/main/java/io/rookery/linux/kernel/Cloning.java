package io.rookery.linux.kernel;

import static io.rookery.linux.kernel.CloneRequest.*;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.X87State;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.mm.MemoryDescriptor;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.mmu.FlightEvents;
import org.jspecify.annotations.Nullable;

/** New threads and processes (clone(2)). */
public final class Cloning {
  private Cloning() {}

  /**
   * Makes a task that goes on where the calling one is, with 0 as its result.
   *
   * @return the new task's id
   */
  public static int clone(Task parent, CloneRequest q) {
    check(q);
    ForkEvent event = FlightEvents.areWanted() ? new ForkEvent() : null;
    if (event != null) {
      event.begin();
    }
    Kernel kernel = parent.kernel();
    checkUserLimit(parent);
    UserDescriptor tls =
        q.has(CLONE_SETTLS) && parent.inCall32()
            ? ThreadAreas.checked(UserDescriptor.read(parent.memory(), q.tls()))
            : null;
    MemoryDescriptor mm = q.has(CLONE_VM) ? parent.mm().retain() : parent.mm().fork();
    FileTable files = q.has(CLONE_FILES) ? share(parent.files()) : parent.files().copy();
    FsContext fs = q.has(CLONE_FS) ? parent.fs() : parent.fs().copy();
    Task child;
    try {
      child =
          kernel.addTask(
              id ->
                  new Task(
                      kernel,
                      id,
                      q.has(CLONE_THREAD) ? parent.process() : null,
                      mm,
                      files,
                      fs,
                      parent.credentials()));
    } catch (ErrnoException e) {
      files.release(parent.process());
      mm.release();
      throw e;
    }
    initialise(parent, child, q, tls);
    int tid = child.tid();
    try {
      if (q.has(CLONE_PIDFD)) {
        storePidfd(parent, child, q);
      }
      if (!enter(parent, child, q)) {
        throw Errno.EAGAIN.exception();
      }
    } catch (ErrnoException e) {
      kernel.pids().remove(child);
      child.semaphoreUndo().release(child);
      files.release(parent.process());
      mm.release();
      throw e;
    }
    storeIds(parent, child, q);
    VforkCompletion vfork = null;
    if (q.has(CLONE_VFORK)) {
      vfork = new VforkCompletion();
      child.vforkCompletion = vfork;
    }
    try {
      kernel.start(child);
    } catch (OutOfMemoryError e) { // no more native threads
      TaskExit.abandon(child);
      throw Errno.EAGAIN.exception();
    }
    if (event != null) {
      event.parent = parent.tid();
      event.child = tid;
      event.sharesMemory = q.has(CLONE_VM);
      event.commit();
    }
    if (vfork != null) {
      vfork.await(parent);
    }
    return tid;
  }

  private static void check(CloneRequest q) {
    if ((q.has(CLONE_SIGHAND) && !q.has(CLONE_VM))
        || (q.has(CLONE_THREAD) && !q.has(CLONE_SIGHAND))
        || (q.has(CLONE_SIGHAND) && q.has(CLONE_CLEAR_SIGHAND))
        || q.has(NAMESPACES)
        || (q.has(CLONE_PIDFD) && q.has(CLONE_THREAD | CLONE_DETACHED))
        || (q.exitSignal() != 0 && !Signals.isValid(q.exitSignal()))) {
      throw Errno.EINVAL.exception();
    }
  }

  /** RLIMIT_NPROC, which does not bind the superuser. */
  private static void checkUserLimit(Task parent) {
    Kernel kernel = parent.kernel();
    long limit = parent.process().limits().soft(Resource.NPROC);
    int uid = parent.credentials().uid();
    if (Long.compareUnsigned(limit, kernel.limits().tasks()) < 0
        && uid != 0
        && !parent.credentials().capable(Capability.SYS_RESOURCE)) {
      long used = kernel.pids().tasks().stream().filter(t -> t.credentials().uid() == uid).count();
      if (used >= limit) {
        throw Errno.EAGAIN.exception();
      }
    }
  }

  private static FileTable share(FileTable files) {
    files.retain();
    return files;
  }

  private static void initialise(
      Task parent, Task child, CloneRequest q, @Nullable UserDescriptor tls) {
    copyRegisters(parent.cpu(), child.cpu());
    CpuState cpu = child.cpu();
    cpu.r[Reg.RAX] = 0;
    if (q.stack() != 0) {
      cpu.r[Reg.RSP] = q.stack();
    }
    if (tls != null) {
      ThreadAreas.set(cpu, tls);
    } else if (q.has(CLONE_SETTLS)) {
      cpu.r[Reg.FS_BASE] = q.tls();
    }
    child.blocked = parent.blocked;
    if (q.has(CLONE_SYSVSEM)) {
      child.setSemaphoreUndo(parent.semaphoreUndo().retain());
    }
    if (!q.has(CLONE_VM) || q.has(CLONE_VFORK)) {
      child.altStack = parent.altStack;
    }
    if (q.has(CLONE_CHILD_CLEARTID)) {
      child.clearChildTid = q.childTid();
    }
    child.setComm(parent.comm());
    child.inherit(parent);
    Scheduling scheduling = parent.scheduling();
    child.setNice(scheduling.resetOnFork() ? Math.max(0, parent.nice()) : parent.nice());
    child.setScheduling(scheduling.afterFork());
    if (parent.noNewPrivileges()) {
      child.setNoNewPrivileges();
    }
  }

  private static void copyRegisters(CpuState from, CpuState to) {
    System.arraycopy(from.r, 0, to.r, 0, from.r.length);
    to.rip = from.rip;
    to.flagsKind = from.flagsKind;
    to.flagsX = from.flagsX;
    to.flagsY = from.flagsY;
    to.otherFlags = from.otherFlags;
    to.mxcsr = from.mxcsr;
    to.longMode = from.longMode;
    System.arraycopy(from.tls, 0, to.tls, 0, from.tls.length);
    X87State a = from.x87;
    X87State b = to.x87;
    b.control = a.control;
    b.status = a.status;
    b.top = a.top;
    b.empty = a.empty;
    System.arraycopy(a.signExponent, 0, b.signExponent, 0, a.signExponent.length);
    b.lastInstruction = a.lastInstruction;
    b.lastOperand = a.lastOperand;
    b.lastOpcode = a.lastOpcode;
  }

  /** Joins the process or makes the new one known; false when the process is ending. */
  private static boolean enter(Task parent, Task child, CloneRequest q) {
    ThreadGroup p = child.process();
    ThreadGroup of = parent.process();
    if (q.has(CLONE_THREAD)) {
      return p.tryAddTask(child);
    }
    SignalActions actions = of.signals().actions();
    p.signals()
        .setActions(
            q.has(CLONE_SIGHAND)
                ? actions
                : q.has(CLONE_CLEAR_SIGHAND) ? actions.afterExec() : actions.copy());
    p.setLimits(of.limits().copy());
    p.setExitSignal(q.exitSignal());
    p.setDumpable(of.dumpable());
    Kernel kernel = parent.kernel();
    synchronized (kernel.processLock()) {
      if (of.isExiting()) {
        return false;
      }
      ThreadGroup newParent = q.has(CLONE_PARENT) ? of.parent() : of;
      if (q.has(CLONE_PARENT)) {
        p.setExitSignal(of.exitSignal());
      }
      p.setParent(newParent);
      p.setParentTask(q.has(CLONE_PARENT) ? of.parentTask() : parent);
      newParent.children().add(p);
      p.joinGroup(of.group());
      p.addTask(child);
      kernel.pids().add(p);
    }
    p.cpuLimit().changed();
    return true;
  }

  private static void storeIds(Task parent, Task child, CloneRequest q) {
    if (q.has(CLONE_PARENT_SETTID)) {
      storeId(parent, q.parentTid(), child.tid());
    }
    if (q.has(CLONE_CHILD_SETTID)) {
      storeId(child, q.childTid(), child.tid());
    }
  }

  private static void storePidfd(Task parent, Task child, CloneRequest q) {
    PidFile file = new PidFile(parent.kernel().vfs(), child.process(), 0);
    parent.memory().putInt(q.pidfd(), parent.files().install(file, true));
  }

  private static void storeId(Task task, long address, int tid) {
    try {
      task.memory().putInt(address, tid);
    } catch (ErrnoException e) {
      // Linux ignores the fault as well: the task exists already.
    }
  }
}
