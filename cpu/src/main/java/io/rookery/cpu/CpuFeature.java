package io.rookery.cpu;

/** A bit of CPUID (SDM vol. 2, CPUID), under the name that Linux gives it in /proc/cpuinfo. */
public enum CpuFeature {
  FPU(Word.LEAF_1_EDX, 0, CpuModel.X86_64),
  TSC(Word.LEAF_1_EDX, 4, CpuModel.X86_64),
  CX8(Word.LEAF_1_EDX, 8, CpuModel.X86_64),
  CMOV(Word.LEAF_1_EDX, 15, CpuModel.X86_64),
  CLFLUSH(Word.LEAF_1_EDX, 19, CpuModel.X86_64),
  MMX(Word.LEAF_1_EDX, 23, CpuModel.X86_64),
  FXSR(Word.LEAF_1_EDX, 24, CpuModel.X86_64),
  SSE(Word.LEAF_1_EDX, 25, CpuModel.X86_64),
  SSE2(Word.LEAF_1_EDX, 26, CpuModel.X86_64),

  SYSCALL(Word.LEAF_80000001_EDX, 11, CpuModel.X86_64),
  NX(Word.LEAF_80000001_EDX, 20, CpuModel.X86_64),
  RDTSCP(Word.LEAF_80000001_EDX, 27, CpuModel.X86_64_V2),
  LM(Word.LEAF_80000001_EDX, 29, CpuModel.X86_64),

  /** SSE3. */
  PNI(Word.LEAF_1_ECX, 0, CpuModel.X86_64_V2),
  PCLMULQDQ(Word.LEAF_1_ECX, 1, CpuModel.X86_64_V3),
  SSSE3(Word.LEAF_1_ECX, 9, CpuModel.X86_64_V2),
  FMA(Word.LEAF_1_ECX, 12, CpuModel.X86_64_V3),
  CX16(Word.LEAF_1_ECX, 13, CpuModel.X86_64_V2),
  SSE4_1(Word.LEAF_1_ECX, 19, CpuModel.X86_64_V2),
  SSE4_2(Word.LEAF_1_ECX, 20, CpuModel.X86_64_V2),
  MOVBE(Word.LEAF_1_ECX, 22, CpuModel.X86_64_V3),
  POPCNT(Word.LEAF_1_ECX, 23, CpuModel.X86_64_V2),
  AES(Word.LEAF_1_ECX, 25, CpuModel.X86_64_V3),
  XSAVE(Word.LEAF_1_ECX, 26, CpuModel.X86_64_V3),

  /** The operating system has turned XSAVE on; Linux does not list it. */
  OSXSAVE(Word.LEAF_1_ECX, 27, CpuModel.X86_64_V3),
  AVX(Word.LEAF_1_ECX, 28, CpuModel.X86_64_V3),
  F16C(Word.LEAF_1_ECX, 29, CpuModel.X86_64_V3),
  RDRAND(Word.LEAF_1_ECX, 30, CpuModel.X86_64_V3),

  /** LAHF and SAHF in 64-bit mode. */
  LAHF_LM(Word.LEAF_80000001_ECX, 0, CpuModel.X86_64_V2),

  /** LZCNT. */
  ABM(Word.LEAF_80000001_ECX, 5, CpuModel.X86_64_V3),

  /** PREFETCHW. */
  PREFETCHW(Word.LEAF_80000001_ECX, 8, CpuModel.X86_64),

  FSGSBASE(Word.LEAF_7_EBX, 0, CpuModel.X86_64_V3),
  BMI1(Word.LEAF_7_EBX, 3, CpuModel.X86_64_V3),
  AVX2(Word.LEAF_7_EBX, 5, CpuModel.X86_64_V3),
  BMI2(Word.LEAF_7_EBX, 8, CpuModel.X86_64_V3),
  ERMS(Word.LEAF_7_EBX, 9, CpuModel.X86_64_V3),
  RDSEED(Word.LEAF_7_EBX, 18, CpuModel.X86_64_V3),
  ADX(Word.LEAF_7_EBX, 19, CpuModel.X86_64_V3),
  CLFLUSHOPT(Word.LEAF_7_EBX, 23, CpuModel.X86_64_V3),
  CLWB(Word.LEAF_7_EBX, 24, CpuModel.X86_64_V3),
  SHA_NI(Word.LEAF_7_EBX, 29, CpuModel.X86_64_V3),

  XSAVEOPT(Word.LEAF_D_1_EAX, 0, CpuModel.X86_64_V3),
  XSAVEC(Word.LEAF_D_1_EAX, 1, CpuModel.X86_64_V3),

  /** SGDT and its like show user programs nothing. */
  UMIP(Word.LEAF_7_ECX, 2, CpuModel.X86_64),
  RDPID(Word.LEAF_7_ECX, 22, CpuModel.X86_64_V3);

  /** A register of a CPUID leaf. */
  public enum Word {
    LEAF_1_EDX,
    LEAF_80000001_EDX,
    LEAF_1_ECX,
    LEAF_80000001_ECX,
    LEAF_7_EBX,
    LEAF_D_1_EAX,
    LEAF_7_ECX;

    /** What {@code model} has in this register. */
    public int of(CpuModel model) {
      int bits = 0;
      for (CpuFeature feature : CpuFeature.values()) {
        if (feature.word == this && model.includes(feature.since)) {
          bits |= 1 << feature.bit;
        }
      }
      return bits;
    }
  }

  private final Word word;
  private final int bit;
  private final CpuModel since;

  CpuFeature(Word word, int bit, CpuModel since) {
    this.word = word;
    this.bit = bit;
    this.since = since;
  }

  /** The first model that has it. */
  public CpuModel since() {
    return since;
  }

  /** Its name in /proc/cpuinfo. */
  public String linuxName() {
    return this == PREFETCHW ? "3dnowprefetch" : name().toLowerCase(java.util.Locale.ROOT);
  }
}
