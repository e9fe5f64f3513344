package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.mmu.GuestFault;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The life of a guest thread on its Java thread. */
final class TaskRunner implements Runnable {
  private static final System.Logger LOG = System.getLogger(TaskRunner.class.getName());

  private final Task task;
  private final @Nullable Runnable prologue;

  TaskRunner(Task task) {
    this.task = task;
    this.prologue = task.takePrologue();
  }

  String threadName() {
    return task.threadName();
  }

  @Override
  public void run() {
    CpuState cpu = task.cpu();
    cpu.space.register(cpu);
    cpu.space.enterKernel(cpu);
    try {
      if (prologue != null) {
        prologue.run();
      }
      loop(cpu);
    } catch (StackOverflowError | OutOfMemoryError | InternalError e) {
      hostFailure(task, e);
    } catch (RuntimeException | Error e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "a defect of the kernel ends " + task + " at rip 0x" + Long.toHexString(cpu.rip),
          e);
      task.process().startExit(ExitStatus.killed(Signals.SIGKILL));
    } finally {
      TaskExit.exit(task);
    }
  }

  private void loop(CpuState cpu) {
    Engine engine = task.kernel().engine();
    while (true) {
      cpu.attention = 0;
      if (task.needsWork()) {
        SignalDelivery.deliver(task);
      }
      if (task.exiting()) {
        return;
      }
      cpu.space.exitKernel(cpu);
      Engine.Exit exit;
      try {
        exit = engine.run(cpu);
      } finally {
        cpu.space.enterKernel(cpu);
      }
      if (exit == Engine.Exit.FAULT) {
        GuestFault fault = Objects.requireNonNull(cpu.fault);
        cpu.fault = null;
        FaultSignals.raise(task, fault);
      }
    }
  }

  /** The Java machine could not go on in this thread: its process ends, the VM does not. */
  static void hostFailure(Task task, VirtualMachineError e) {
    try {
      LOG.log(
          System.Logger.Level.ERROR,
          "{0} is killed: the host ran out of {1}",
          task,
          e instanceof StackOverflowError ? "Java stack" : e.toString());
    } catch (VirtualMachineError again) {
      e.addSuppressed(again);
    }
    task.process().startExit(ExitStatus.killed(Signals.SIGKILL));
  }
}
