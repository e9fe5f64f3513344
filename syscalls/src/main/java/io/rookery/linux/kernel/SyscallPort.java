package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.SystemCallPort;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.SyscallTrace;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.mmu.MappingException;
import io.rookery.mmu.MemoryLimitException;
import java.util.function.Consumer;

/** Carries out the system calls of one task. */
final class SyscallPort implements SystemCallPort {
  private static final System.Logger LOG = System.getLogger(SyscallPort.class.getName());
  private static final int R10 = 10;
  private static final int R9 = 9;
  private static final int R11 = 11;

  private final Task task;

  SyscallPort(Task task) {
    this.task = task;
  }

  @Override
  public boolean systemCall(CpuState cpu, int kind) {
    cpu.space.enterKernel(cpu);
    try {
      return kind == SYSCALL ? dispatch(cpu) : refuse32(cpu);
    } catch (StackOverflowError | OutOfMemoryError | InternalError e) {
      TaskRunner.hostFailure(task, e);
      return false;
    } finally {
      cpu.space.exitKernel(cpu);
    }
  }

  private boolean dispatch(CpuState cpu) {
    long[] r = cpu.r;
    r[Reg.RCX] = cpu.rip;
    r[R11] = cpu.eflags();
    int number = (int) r[Reg.RAX]; // EAX counts, as in do_syscall_64()
    SyscallTable.Row row = task.kernel().syscalls().row(number);
    Consumer<String> trace = task.kernel().trace();
    long result;
    if (row == null) {
      reportMissing(number);
      result = -Errno.ENOSYS.number();
      if (trace != null) {
        trace.accept(SyscallTrace.unknown(task, number));
      }
    } else if (trace != null) {
      result = traced(row, r, trace);
    } else {
      result = call(row, r);
    }
    if (task.takeStateReplaced()) {
      return false;
    }
    r[Reg.RAX] = result;
    if (result <= -Errno.ERESTARTSYS.number() && result >= -Errno.ERESTART_RESTARTBLOCK.number()) {
      task.restartError = (int) -result;
      task.restartNumber = number;
      return false;
    }
    return cpu.attention == 0 && !task.needsWork();
  }

  private long call(SyscallTable.Row row, long[] r) {
    try {
      return row.handler().call(task, r[Reg.RDI], r[Reg.RSI], r[Reg.RDX], r[R10], r[Reg.R8], r[R9]);
    } catch (ErrnoException e) {
      return -e.errno().number();
    } catch (MappingException | MemoryLimitException e) {
      return -Errno.ENOMEM.number();
    }
  }

  private long traced(SyscallTable.Row row, long[] r, Consumer<String> trace) {
    String head =
        SyscallTrace.head(task, row, r[Reg.RDI], r[Reg.RSI], r[Reg.RDX], r[R10], r[Reg.R8], r[R9]);
    long result = call(row, r);
    trace.accept(head + (task.exiting() ? " = ?" : SyscallTrace.result(result)));
    return result;
  }

  private void reportMissing(int number) {
    if (task.kernel().firstMiss(number)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "system call {0} is not implemented (asked for by {1}): ENOSYS",
          Integer.toString(number),
          task);
    }
  }

  private boolean refuse32(CpuState cpu) {
    if (task.kernel().firstMiss(-1)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "32-bit system calls are not implemented (asked for by {0}): ENOSYS",
          task);
    }
    cpu.r[Reg.RAX] = -Errno.ENOSYS.number() & 0xffffffffL;
    return cpu.attention == 0;
  }
}
