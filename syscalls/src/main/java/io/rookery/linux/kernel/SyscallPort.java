package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.SystemCallPort;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.SyscallTrace;
import io.rookery.linux.elf.Trampolines32;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.i386.I386Table;
import io.rookery.mmu.FlightEvents;
import io.rookery.mmu.MappingException;
import io.rookery.mmu.MemoryLimitException;
import java.util.function.Consumer;

/** Carries out the system calls of one task. */
final class SyscallPort implements SystemCallPort {
  private static final System.Logger LOG = System.getLogger(SyscallPort.class.getName());
  private static final int R10 = 10;
  private static final int R9 = 9;
  private static final int R11 = 11;
  private static final long LOW = 0xffffffffL;

  private final Task task;

  SyscallPort(Task task) {
    this.task = task;
  }

  @Override
  public boolean systemCall(CpuState cpu, int kind) {
    cpu.space.enterKernel(cpu);
    try {
      return switch (kind) {
        case SYSCALL -> dispatch64(cpu);
        case INT80 -> dispatch32(cpu, cpu.r[Reg.RBP]);
        default -> sysenter(cpu);
      };
    } catch (StackOverflowError | OutOfMemoryError | InternalError e) {
      TaskRunner.hostFailure(task, e);
      return false;
    } finally {
      cpu.space.exitKernel(cpu);
    }
  }

  private boolean dispatch64(CpuState cpu) {
    long[] r = cpu.r;
    r[Reg.RCX] = cpu.rip;
    r[R11] = cpu.eflags();
    int number = (int) r[Reg.RAX]; // EAX counts, as in do_syscall_64()
    SyscallTable table = task.kernel().syscalls();
    long result = call(table, number, r[Reg.RDI], r[Reg.RSI], r[Reg.RDX], r[R10], r[Reg.R8], r[R9]);
    return finish(cpu, number, result, false);
  }

  /** INT 80h, in either mode: the low halves of the registers count. */
  private boolean dispatch32(CpuState cpu, long sixth) {
    long[] r = cpu.r;
    int number = (int) r[Reg.RAX];
    task.beginCall32();
    long result;
    try {
      result =
          call(
              I386Table.get(),
              number,
              r[Reg.RBX] & LOW,
              r[Reg.RCX] & LOW,
              r[Reg.RDX] & LOW,
              r[Reg.RSI] & LOW,
              r[Reg.RDI] & LOW,
              sixth & LOW);
    } finally {
      task.endCall32();
    }
    return finish(cpu, number, result, true);
  }

  /**
   * SYSENTER: the caller has pushed ECX, EDX and EBP, which is the sixth argument, and left the
   * stack pointer in EBP (do_SYSENTER_32()).
   */
  private boolean sysenter(CpuState cpu) {
    long[] r = cpu.r;
    long stack = r[Reg.RBP] & LOW;
    r[Reg.RSP] = stack;
    if (cpu.longMode) {
      cpu.longMode = false;
      r[Reg.SELECTOR + Segments.CS] = Segments.USER32_CS;
    }
    cpu.rip = Trampolines32.SYSENTER_RETURN;
    try {
      r[Reg.RBP] = task.memory().getInt(stack) & LOW;
    } catch (ErrnoException e) {
      r[Reg.RAX] = -Errno.EFAULT.number() & LOW;
      return false;
    }
    dispatch32(cpu, r[Reg.RBP]);
    return false; // RIP was replaced
  }

  private boolean finish(CpuState cpu, int number, long result, boolean compat) {
    if (task.takeStateReplaced()) {
      return false;
    }
    cpu.r[Reg.RAX] = cpu.longMode ? result : result & LOW;
    if (result <= -Errno.ERESTARTSYS.number() && result >= -Errno.ERESTART_RESTARTBLOCK.number()) {
      task.restartError = (int) -result;
      task.restartNumber = number;
      task.restart32 = compat;
      return false;
    }
    return cpu.attention == 0 && !task.needsWork();
  }

  private long call(
      SyscallTable table, int number, long a, long b, long c, long d, long e, long f) {
    SyscallTable.Row row = table.row(number);
    Consumer<String> trace = task.kernel().trace();
    if (row == null) {
      reportMissing(table, number);
      if (trace != null) {
        trace.accept(SyscallTrace.unknown(task, number));
      }
      return -Errno.ENOSYS.number();
    }
    SlowSystemCallEvent event = FlightEvents.areWanted() ? new SlowSystemCallEvent() : null;
    if (event != null) {
      event.begin();
    }
    long result =
        trace == null ? call(row, a, b, c, d, e, f) : traced(row, a, b, c, d, e, f, trace);
    if (event != null) {
      record(event, row, result);
    }
    return result;
  }

  private void record(SlowSystemCallEvent event, SyscallTable.Row row, long result) {
    event.end();
    if (event.shouldCommit()) {
      event.name = row.name();
      event.thread = task.tid();
      event.result = result;
      event.commit();
    }
  }

  private long call(SyscallTable.Row row, long a, long b, long c, long d, long e, long f) {
    try {
      return row.handler().call(task, a, b, c, d, e, f);
    } catch (ErrnoException x) {
      return -x.errno().number();
    } catch (MappingException | MemoryLimitException x) {
      return -Errno.ENOMEM.number();
    }
  }

  private long traced(
      SyscallTable.Row row,
      long a,
      long b,
      long c,
      long d,
      long e,
      long f,
      Consumer<String> trace) {
    String head = SyscallTrace.head(task, row, a, b, c, d, e, f);
    long result = call(row, a, b, c, d, e, f);
    trace.accept(head + (task.exiting() ? " = ?" : SyscallTrace.result(result)));
    return result;
  }

  private void reportMissing(SyscallTable table, int number) {
    if (task.kernel().firstMiss(table.architecture() + " " + number)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "system call {0} of {1} is not implemented (asked for by {2}): ENOSYS",
          Integer.toString(number),
          table.architecture(),
          task);
    }
  }
}
