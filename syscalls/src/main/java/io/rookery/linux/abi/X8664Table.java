package io.rookery.linux.abi;

import io.rookery.linux.call.FileSystemCalls;
import io.rookery.linux.call.FutexCalls;
import io.rookery.linux.call.GroupCalls;
import io.rookery.linux.call.IdentityCalls;
import io.rookery.linux.call.LimitCalls;
import io.rookery.linux.call.MemoryCalls;
import io.rookery.linux.call.MessageQueueCalls;
import io.rookery.linux.call.PidfdCalls;
import io.rookery.linux.call.PosixQueueCalls;
import io.rookery.linux.call.PrctlCalls;
import io.rookery.linux.call.ProcessCalls;
import io.rookery.linux.call.ProcessMemoryCalls;
import io.rookery.linux.call.RefusedCalls;
import io.rookery.linux.call.SchedulingCalls;
import io.rookery.linux.call.SemaphoreCalls;
import io.rookery.linux.call.SharedMemoryCalls;
import io.rookery.linux.call.SignalCalls;
import io.rookery.linux.call.SystemCalls;
import io.rookery.linux.call.TimeCalls;
import io.rookery.linux.call.TimerCalls;
import java.util.List;
import java.util.function.Consumer;

/** The system calls of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl in Linux's numbering). */
public final class X8664Table {
  private static final List<Consumer<SyscallTable.Builder>> TOPICS =
      List.of(
          FileSystemCalls::register,
          FutexCalls::register,
          GroupCalls::register,
          IdentityCalls::register,
          LimitCalls::register,
          MemoryCalls::register,
          MessageQueueCalls::register,
          PidfdCalls::register,
          PosixQueueCalls::register,
          PrctlCalls::register,
          ProcessCalls::register,
          ProcessMemoryCalls::register,
          RefusedCalls::register,
          SchedulingCalls::register,
          SemaphoreCalls::register,
          SharedMemoryCalls::register,
          SignalCalls::register,
          SystemCalls::register,
          TimeCalls::register,
          TimerCalls::register);

  private static final SyscallTable TABLE = make();

  private X8664Table() {}

  /** The table. */
  public static SyscallTable get() {
    return TABLE;
  }

  private static SyscallTable make() {
    SyscallTable.Builder t = SyscallTable.builder("x86-64");
    TOPICS.forEach(topic -> topic.accept(t));
    return t.build();
  }
}
