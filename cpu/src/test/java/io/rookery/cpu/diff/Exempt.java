package io.rookery.cpu.diff;

import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.decode.Mnemonic;
import org.jspecify.annotations.Nullable;

/** Instructions that are not compared with the host's processor, and why. */
final class Exempt {
  private static final boolean INTEL = NativeCpu.isIntel();

  private Exempt() {}

  /** Why {@code form} is compared neither in this process nor in a child, or null. */
  static @Nullable String reason(Form form) {
    if (form.usesSegmentRegister()) {
      return "segment registers are the system's";
    }
    if (form.toString().startsWith("D9 reg /3 FSTP STi")) {
      return "an alias that no manual knows; processors do not check it for stack faults";
    }
    return switch (Mnemonic.valueOf(form.mnemonic())) {
      case CPUID, RDTSC, RDTSCP, RDRAND, RDSEED, RDPID, XGETBV ->
          "results are no function of the inputs";
      case SYSCALL, SYSENTER -> "a system call";
      case INT1 -> "looks like a single step; privileged.c has it";
      case SGDT, SIDT, SLDT, STR, SMSW -> "Linux emulates it (UMIP); privileged.c has it";
      case LDS, LES, LFS, LGS, LSS, CALLF, JMPF, RETF, IRET -> "loads segment registers";
      default -> null;
    };
  }

  /** Why {@code form} cannot be run in this process, which a fault would end, or null. */
  static @Nullable String reasonHere(Form form) {
    return onlyInChild(form) ? "always faults, or changes FS" : reason(form);
  }

  /** Whether {@code form} is compared in a child process only. */
  static boolean onlyInChild(Form form) {
    if (form.usesControlRegister()) {
      return true;
    }
    return switch (Mnemonic.valueOf(form.mnemonic())) {
      case INT, INT3, INTO, UD0, UD1, UD2, BOUND, CLI, STI, HLT, IN, OUT, INS, OUTS, CLTS -> true;
      case INVD, WBINVD, WRMSR, RDMSR, RDPMC, SYSEXIT, SYSRET, LGDT, LIDT, LLDT, LTR, LMSW -> true;
      case INVLPG, INVPCID, SWAPGS, XSETBV, XSAVES, XRSTORS -> true;
      case RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE, XSAVE, XSAVEC, XSAVEOPT, XRSTOR -> true;
      default -> false;
    };
  }

  /**
   * Whether the host's processor is another judge of {@code form} than Intel's are, as which ours
   * does: to AMD's, PREFETCHW and the like of a register are undefined, no NOPs, and a dot product
   * of several NaNs is another of them.
   */
  static boolean isOtherwiseHere(Form form) {
    if (INTEL) {
      return false;
    }
    return switch (Mnemonic.valueOf(form.mnemonic())) {
      case NOP -> form.encoding().equals("0F 0D") && !form.memory();
      case DPPS, DPPD -> true;
      default -> false;
    };
  }
}
