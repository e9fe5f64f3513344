package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.elf.ProgramLoader;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.mm.MemoryDescriptor;
import java.util.Arrays;

/** execve(2): replaces the program of a process. */
public final class Exec {
  private static final int X87_CONTROL = 0x37f;
  private static final int MXCSR = 0x1f80;

  private Exec() {}

  /**
   * Runs on the calling task. When it returns, the registers are those of the new program.
   *
   * @throws io.rookery.linux.errno.ErrnoException when nothing has been changed
   */
  public static void execute(Task t, ProgramLoader.Request request) {
    ProgramLoader.Loaded program = ProgramLoader.load(t, request);
    ThreadGroup p = t.process();
    if (!p.becomeSingle(t)) {
      program.memory().release();
      throw Errno.EAGAIN.exception();
    }
    takeLeadersId(t);
    enter(t, program.memory());
    resetRegisters(t.cpu(), program);
    p.signals().setActions(p.signals().actions().afterExec());
    t.altStack = AltStack.DISABLED;
    p.posixTimers().close();
    if (t.files().shared()) {
      io.rookery.linux.vfs.FileTable own = t.files().copy();
      t.files().release(p);
      t.setFiles(own);
    }
    t.files().closeOnExec(p);
    Credentials before = t.credentials();
    p.setDumpable(before.uid() == before.euid() && before.gid() == before.egid() ? 1 : 0);
    t.setCredentials(program.credentials());
    if (program.secure()) {
      t.setParentDeathSignal(0);
    }
    t.setComm(program.name());
    p.setExitSignal(Signals.SIGCHLD);
    p.setExecuted();
    t.setStateReplaced();
  }

  private static void takeLeadersId(Task t) {
    int pid = t.process().pid();
    if (t.tid() != pid) {
      t.kernel().pids().rename(t, t.tid(), pid);
      t.setTid(pid);
    }
  }

  private static void enter(Task t, MemoryDescriptor next) {
    MemoryDescriptor old = t.mm();
    CpuState cpu = t.cpu();
    RobustList.ownerDied(t);
    t.kernel().piFutexes().handOver(t);
    if (t.clearChildTid != 0 && old.users() > 1) {
      FutexTable.clearAndWake(t, t.clearChildTid);
    }
    t.clearChildTid = 0;
    old.space().exitKernel(cpu);
    old.space().unregister(cpu);
    t.setMm(next);
    cpu.attach(next.space());
    next.space().register(cpu);
    next.space().enterKernel(cpu);
    TaskExit.completeVfork(t);
    old.release();
  }

  /** The registers that a program starts with (System V ABI for x86-64, 3.4.1; for i386, 2.3.1). */
  private static void resetRegisters(CpuState cpu, ProgramLoader.Loaded program) {
    Arrays.fill(cpu.r, 0);
    cpu.setEflags(0);
    cpu.r[Reg.RSP] = program.stackPointer();
    cpu.rip = program.entry();
    cpu.mxcsr = MXCSR;
    cpu.x87.control = X87_CONTROL;
    cpu.x87.status = 0;
    cpu.x87.top = 0;
    cpu.x87.empty = 0xff;
    Arrays.fill(cpu.x87.signExponent, 0);
    cpu.x87.lastInstruction = 0;
    cpu.x87.lastOperand = 0;
    cpu.x87.lastOpcode = 0;
    cpu.resetSegments(program.longMode());
  }
}
