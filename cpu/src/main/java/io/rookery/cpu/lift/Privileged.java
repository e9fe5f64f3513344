package io.rookery.cpu.lift;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;

/**
 * Which exception an instruction that is not lifted raises in user mode (SDM vol. 3, 6.3 and the
 * instructions' pages).
 */
final class Privileged {
  private Privileged() {}

  /** Whether {@code i} moves to or from a control or debug register. */
  static boolean usesControlRegister(Insn i) {
    return i.operands == 2 && (i.kind[0] == Insn.CONTROL || i.kind[1] == Insn.CONTROL);
  }

  static int vector(Mnemonic mnemonic) {
    return switch (mnemonic) {
      case HLT,
          IN,
          OUT,
          INS,
          OUTS,
          CLI,
          STI,
          CLTS,
          INVD,
          WBINVD,
          INVLPG,
          INVPCID,
          LGDT,
          LIDT,
          LLDT,
          LTR,
          LMSW,
          RDMSR,
          WRMSR,
          RDPMC,
          SWAPGS,
          SYSEXIT,
          SYSRET,
          XSETBV,
          XSAVES,
          XRSTORS,
          TOO_LONG ->
          CpuFault.GENERAL_PROTECTION;
      default -> CpuFault.INVALID_OPCODE;
    };
  }
}
