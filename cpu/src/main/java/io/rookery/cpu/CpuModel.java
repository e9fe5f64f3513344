package io.rookery.cpu;

import java.util.EnumSet;
import java.util.Set;

/**
 * Which instructions a guest's processor has: the levels of the x86-64 psABI (3.1.1). What a model
 * lacks is neither reported by CPUID nor executed: it raises #UD, or is what older processors make
 * of its encoding (TZCNT is BSF).
 */
public enum CpuModel {
  /** The baseline: SSE2. */
  X86_64,

  /** SSE4.2, POPCNT, CMPXCHG16B, LAHF and SAHF in 64-bit mode. */
  X86_64_V2,

  /**
   * AVX2, BMI, FMA, F16C, LZCNT, MOVBE; and what processors of that level mostly have beside it:
   * AES, PCLMULQDQ, SHA, ADX, RDRAND, RDSEED, FSGSBASE.
   */
  X86_64_V3;

  /** CPUID's EAX in leaf 1: family 6, model 58, stepping 9. */
  public static final int SIGNATURE = 0x000306a9;

  /** The processor's name in CPUID and /proc/cpuinfo. */
  public static final String BRAND = "Rookery virtual x86-64 processor";

  /** Whether everything that {@code other} has is here too. */
  public boolean includes(CpuModel other) {
    return compareTo(other) >= 0;
  }

  /** What it has, in the order of CPUID's leaves and bits. */
  public Set<CpuFeature> features() {
    Set<CpuFeature> result = EnumSet.allOf(CpuFeature.class);
    result.removeIf(feature -> !includes(feature.since()));
    return result;
  }
}
