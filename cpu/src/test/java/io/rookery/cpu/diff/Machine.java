package io.rookery.cpu.diff;

import java.io.IOException;
import java.util.List;

/** Something that runs instructions. */
interface Machine {
  /** Where it has its memory. */
  Layout layout();

  /**
   * Runs {@code code}, to be put at {@code slot}, from each state of {@code before}; the states
   * after it, with their {@link MachineState#outcome}, go to the beginning of {@code after}.
   */
  void run(byte[] code, long slot, List<MachineState> before, List<MachineState> after)
      throws IOException;
}
