package io.rookery.cpu;

/** Runs guest code. One engine serves all guest threads of a VM; thread-safe. */
public interface Engine extends AutoCloseable {
  /** Why {@link #run} came back. In every case the whole guest state is in the {@link CpuState}. */
  enum Exit {
    /**
     * A fault: {@link CpuState#fault} says which; {@code rip} is the faulting instruction (for
     * traps, the one after it).
     */
    FAULT,
    /** {@link CpuState#attention} was set: the caller looks why, clears it, and may run again. */
    ATTENTION,
    /** A system call answered that the state was replaced. */
    UNWOUND
  }

  /** The processor that it is. */
  CpuModel model();

  /** Runs the guest thread from {@code cpu.rip} until something needs the caller. */
  Exit run(CpuState cpu);

  /** Counters for {@code --stats}, a line each as name and value, in a stable order. */
  java.util.Map<String, Long> statistics();

  @Override
  void close();
}
