package io.rookery.cpu.decode;

import org.jspecify.annotations.Nullable;

/** Where LLVM's disassembler (14 to 19) and the processor differ. */
final class KnownLlvmDifferences {
  private final int mode;

  KnownLlvmDifferences(int mode) {
    this.mode = mode;
  }

  /** Why {@code ours} and {@code theirs} may differ, or null where they may not. */
  @Nullable String explain(byte[] bytes, Insn ours, Objdump.Line theirs) {
    return null;
  }
}
