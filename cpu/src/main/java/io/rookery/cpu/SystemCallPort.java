package io.rookery.cpu;

/**
 * How guest code leaves the processor: the operating system behind it. Called on the guest's own
 * thread with the whole state stored in {@code cpu}, {@code cpu.rip} being the next instruction's
 * address.
 */
public interface SystemCallPort {
  /** SYSCALL, INT 80h, SYSENTER. */
  int SYSCALL = 0;

  int INT80 = 1;
  int SYSENTER = 2;

  /**
   * Carries out a system call.
   *
   * @param kind {@link #SYSCALL}, {@link #INT80} or {@link #SYSENTER}
   * @return true to go on at {@code cpu.rip} with this call chain; false to unwind: {@link
   *     Engine#run} then returns {@link Engine.Exit#UNWOUND} (signal frames, exec, sigreturn, exit,
   *     kill; whenever RIP, RSP or the address space was replaced)
   */
  boolean systemCall(CpuState cpu, int kind);
}
