package io.rookery.cpu.lift;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.decode.Mnemonic;

/**
 * Which exception an instruction that is not lifted raises in user mode (SDM vol. 3, 6.3 and the
 * instructions' pages).
 */
final class Privileged {
  private Privileged() {}

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
          SGDT,
          SIDT,
          SLDT,
          SMSW,
          STR,
          TOO_LONG ->
          CpuFault.GENERAL_PROTECTION;
      default -> CpuFault.INVALID_OPCODE;
    };
  }
}
