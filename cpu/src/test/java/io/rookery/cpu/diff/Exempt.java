package io.rookery.cpu.diff;

import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.decode.Mnemonic;
import org.jspecify.annotations.Nullable;

/** Instructions that are not compared here, and why. */
final class Exempt {
  private Exempt() {}

  /** Why {@code form} is not compared, or null. */
  static @Nullable String reason(Form form) {
    if (form.usesSegmentOrControlRegister()) {
      return "segment and control registers are the system's";
    }
    if (form.toString().equals("D9 reg /3 FSTP STi")) {
      return "an alias that no manual knows; processors do not check it for stack faults";
    }
    return switch (Mnemonic.valueOf(form.mnemonic())) {
      case CPUID, RDTSC, RDTSCP, RDRAND, RDSEED, RDPID, XGETBV ->
          "results are no function of the inputs";
      case SYSCALL, SYSENTER, INT, INT1, INT3, INTO, UD0, UD1, UD2, BOUND -> "leaves user code";
      case CLI, STI, HLT, IN, OUT, INS, OUTS, CLTS, INVD, WBINVD, WRMSR, RDMSR, RDPMC, SYSEXIT ->
          "privileged";
      case SYSRET, LGDT, LIDT, LLDT, LTR, LMSW, INVLPG, INVPCID, SWAPGS, XSETBV, XSAVES, XRSTORS ->
          "privileged";
      case SGDT, SIDT, SLDT, STR, SMSW, VERR, VERW, LAR, LSL, ARPL -> "shows the system's tables";
      case LDS, LES, LFS, LGS, LSS, CALLF, JMPF, RETF, IRET -> "loads segment registers";
      case RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE -> "the host's thread needs FS";
      case XSAVE, XSAVEC, XSAVEOPT, XRSTOR -> "area depends on the processor";
      default -> null;
    };
  }
}
