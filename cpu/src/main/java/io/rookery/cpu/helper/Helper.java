package io.rookery.cpu.helper;

import java.util.Locale;

/**
 * The static methods behind the micro-ops H1…H4 and EXEC, one row each. The interpreter reaches
 * them through the generated {@link HelperDispatch}, compiled code by {@code invokestatic} with
 * {@link #owner}, {@link #methodName} and {@link #descriptor}.
 *
 * <p>A method's name is its row's in camel case ({@code INTERLEAVE8_HIGH}: {@code
 * interleave8High}). Methods are pure functions of their arguments, except that those with a {@code
 * CpuState} argument (forms ending in S) read and change the MXCSR there, but no register; EXEC
 * methods may use the whole state and memory.
 *
 * <p>To add one: write the method, add the row anywhere (ids are not stable), compile, and run in
 * {@code cpu/}
 *
 * <pre>
 *   java -cp target/classes:../mmu/target/classes src/test/java/io/rookery/cpu/helper/HelperDispatchGenerator.java src/main/java
 * </pre>
 *
 * (HelperDispatchTest fails until that is done).
 */
public enum Helper {
  // Integers.
  DIVU(IntegerHelpers.class, Form.H2I),
  REMU(IntegerHelpers.class, Form.H2I),
  DIVS(IntegerHelpers.class, Form.H2I),
  REMS(IntegerHelpers.class, Form.H2I),
  DIVU64(IntegerHelpers.class, Form.H3),
  REMU64(IntegerHelpers.class, Form.H3),
  DIVS64(IntegerHelpers.class, Form.H3),
  REMS64(IntegerHelpers.class, Form.H3),
  ROL(IntegerHelpers.class, Form.H2I),
  ROR(IntegerHelpers.class, Form.H2I),
  ROL_FLAGS(IntegerHelpers.class, Form.H3I),
  ROR_FLAGS(IntegerHelpers.class, Form.H3I),
  RCL(IntegerHelpers.class, Form.H3I),
  RCR(IntegerHelpers.class, Form.H3I),
  RCL_FLAGS(IntegerHelpers.class, Form.H3I),
  RCR_FLAGS(IntegerHelpers.class, Form.H3I),
  SHLD(IntegerHelpers.class, Form.H3I),
  SHRD(IntegerHelpers.class, Form.H3I),
  SHLD_FLAGS(IntegerHelpers.class, Form.H4),
  SHRD_FLAGS(IntegerHelpers.class, Form.H4),
  CTZ(IntegerHelpers.class, Form.H1),
  BSR(IntegerHelpers.class, Form.H1),
  TZCNT(IntegerHelpers.class, Form.H1I),
  LZCNT(IntegerHelpers.class, Form.H1I),
  POPCNT(IntegerHelpers.class, Form.H1),
  COUNT_FLAGS(IntegerHelpers.class, Form.H2),
  ZERO_FLAG(IntegerHelpers.class, Form.H1),
  BLSI_FLAGS(IntegerHelpers.class, Form.H2I),
  BLSR_FLAGS(IntegerHelpers.class, Form.H2I),
  BEXTR(IntegerHelpers.class, Form.H2),
  BZHI(IntegerHelpers.class, Form.H2I),
  BZHI_FLAGS(IntegerHelpers.class, Form.H2I),
  PDEP(IntegerHelpers.class, Form.H2),
  PEXT(IntegerHelpers.class, Form.H2),
  ADCX_FLAGS(IntegerHelpers.class, Form.H3I),
  ARPL(IntegerHelpers.class, Form.H2),
  ARPL_FLAGS(IntegerHelpers.class, Form.H3),
  ADOX_FLAGS(IntegerHelpers.class, Form.H3I),
  AAA(DecimalHelpers.class, Form.EXEC),
  AAD(DecimalHelpers.class, Form.EXEC),
  AAM(DecimalHelpers.class, Form.EXEC),
  AAS(DecimalHelpers.class, Form.EXEC),
  DAA(DecimalHelpers.class, Form.EXEC),
  DAS(DecimalHelpers.class, Form.EXEC),
  SALC(DecimalHelpers.class, Form.EXEC),
  REP_MOVS(StringHelpers.class, Form.EXEC),
  REP_STOS(StringHelpers.class, Form.EXEC),
  REP_LODS(StringHelpers.class, Form.EXEC),
  REP_CMPS(StringHelpers.class, Form.EXEC),
  REP_SCAS(StringHelpers.class, Form.EXEC),
  GET_EFLAGS(SystemHelpers.class, Form.EXEC),
  SET_EFLAGS(SystemHelpers.class, Form.EXEC),
  LOAD_SEGMENT(SystemHelpers.class, Form.EXEC),
  SEGMENT_RIGHTS(SegmentHelpers.class, Form.EXEC),
  SEGMENT_LIMIT(SegmentHelpers.class, Form.EXEC),
  VERIFY_READ(SegmentHelpers.class, Form.EXEC),
  VERIFY_WRITE(SegmentHelpers.class, Form.EXEC),
  FAR_JUMP(FarTransfer.class, Form.EXEC),
  FAR_CALL(FarTransfer.class, Form.EXEC),
  FAR_RETURN(FarTransfer.class, Form.EXEC),
  INTERRUPT_RETURN(FarTransfer.class, Form.EXEC),
  WRITE_SEGMENT_BASE(SystemHelpers.class, Form.EXEC),
  RANDOM(SystemHelpers.class, Form.EXEC),
  RDTSC(SystemHelpers.class, Form.EXEC),
  RDTSCP(SystemHelpers.class, Form.EXEC),
  CPUID(SystemHelpers.class, Form.EXEC),
  XGETBV(SystemHelpers.class, Form.EXEC),
  LOCKED_ADC(SystemHelpers.class, Form.EXEC),
  LOCKED_SBB(SystemHelpers.class, Form.EXEC),
  LOCKED_NEG(SystemHelpers.class, Form.EXEC),
  CLOSED_GATE(SystemHelpers.class, Form.EXEC),
  OVERFLOW_TRAP(SystemHelpers.class, Form.EXEC),
  BOUND(SystemHelpers.class, Form.EXEC),
  ARPL_MEMORY(SystemHelpers.class, Form.EXEC),
  CMPXCHG8B(SystemHelpers.class, Form.EXEC),
  CMPXCHG16B(SystemHelpers.class, Form.EXEC),

  // Packed integers.
  PADDB(PackedInteger.class, Form.H2),
  PADDW(PackedInteger.class, Form.H2),
  PADDD(PackedInteger.class, Form.H2),
  PSUBB(PackedInteger.class, Form.H2),
  PSUBW(PackedInteger.class, Form.H2),
  PSUBD(PackedInteger.class, Form.H2),
  PADDSB(PackedInteger.class, Form.H2),
  PADDSW(PackedInteger.class, Form.H2),
  PADDUSB(PackedInteger.class, Form.H2),
  PADDUSW(PackedInteger.class, Form.H2),
  PSUBSB(PackedInteger.class, Form.H2),
  PSUBSW(PackedInteger.class, Form.H2),
  PSUBUSB(PackedInteger.class, Form.H2),
  PSUBUSW(PackedInteger.class, Form.H2),
  PCMPEQB(PackedInteger.class, Form.H2),
  PCMPEQW(PackedInteger.class, Form.H2),
  PCMPEQD(PackedInteger.class, Form.H2),
  PCMPEQQ(PackedInteger.class, Form.H2),
  PCMPGTB(PackedInteger.class, Form.H2),
  PCMPGTW(PackedInteger.class, Form.H2),
  PCMPGTD(PackedInteger.class, Form.H2),
  PCMPGTQ(PackedInteger.class, Form.H2),
  PMINUB(PackedInteger.class, Form.H2),
  PMINUW(PackedInteger.class, Form.H2),
  PMINUD(PackedInteger.class, Form.H2),
  PMINSB(PackedInteger.class, Form.H2),
  PMINSW(PackedInteger.class, Form.H2),
  PMINSD(PackedInteger.class, Form.H2),
  PMAXUB(PackedInteger.class, Form.H2),
  PMAXUW(PackedInteger.class, Form.H2),
  PMAXUD(PackedInteger.class, Form.H2),
  PMAXSB(PackedInteger.class, Form.H2),
  PMAXSW(PackedInteger.class, Form.H2),
  PMAXSD(PackedInteger.class, Form.H2),
  PAVGB(PackedInteger.class, Form.H2),
  PAVGW(PackedInteger.class, Form.H2),
  PABSB(PackedInteger.class, Form.H1),
  PABSW(PackedInteger.class, Form.H1),
  PABSD(PackedInteger.class, Form.H1),
  PSIGNB(PackedInteger.class, Form.H2),
  PSIGNW(PackedInteger.class, Form.H2),
  PSIGND(PackedInteger.class, Form.H2),
  PSADBW(PackedInteger.class, Form.H2),
  PSLLW(PackedInteger.class, Form.H2),
  PSLLD(PackedInteger.class, Form.H2),
  PSLLQ(PackedInteger.class, Form.H2),
  PSRLW(PackedInteger.class, Form.H2),
  PSRLD(PackedInteger.class, Form.H2),
  PSRLQ(PackedInteger.class, Form.H2),
  PSRAW(PackedInteger.class, Form.H2),
  PSRAD(PackedInteger.class, Form.H2),
  PSLLVD(PackedInteger.class, Form.H2),
  PSRLVD(PackedInteger.class, Form.H2),
  PSRAVD(PackedInteger.class, Form.H2),
  PMULLW(PackedMultiply.class, Form.H2),
  PMULHW(PackedMultiply.class, Form.H2),
  PMULHUW(PackedMultiply.class, Form.H2),
  PMULHRSW(PackedMultiply.class, Form.H2),
  PMADDWD(PackedMultiply.class, Form.H2),
  PMADDUBSW(PackedMultiply.class, Form.H2),
  PMULUDQ(PackedMultiply.class, Form.H2),
  PMULDQ(PackedMultiply.class, Form.H2),
  PMULLD(PackedMultiply.class, Form.H2),
  PHADDW(PackedMultiply.class, Form.H2),
  PHSUBW(PackedMultiply.class, Form.H2),
  PHADDSW(PackedMultiply.class, Form.H2),
  PHSUBSW(PackedMultiply.class, Form.H2),
  PHADDD(PackedMultiply.class, Form.H2),
  PHSUBD(PackedMultiply.class, Form.H2),
  PHMINPOSUW(PackedMultiply.class, Form.H2),
  MPSADBW(PackedMultiply.class, Form.H2),

  // Shuffles.
  PACKSSWB(PackedShuffle.class, Form.H2),
  PACKUSWB(PackedShuffle.class, Form.H2),
  PACKSSDW(PackedShuffle.class, Form.H2),
  PACKUSDW(PackedShuffle.class, Form.H2),
  INTERLEAVE8(PackedShuffle.class, Form.H2),
  INTERLEAVE8_HIGH(PackedShuffle.class, Form.H2),
  INTERLEAVE16(PackedShuffle.class, Form.H2),
  INTERLEAVE16_HIGH(PackedShuffle.class, Form.H2),
  INTERLEAVE32(PackedShuffle.class, Form.H2),
  INTERLEAVE32_HIGH(PackedShuffle.class, Form.H2),
  SELECT32(PackedShuffle.class, Form.H2I),
  PERMUTE32(PackedShuffle.class, Form.H3),
  PERMUTE32_HALF(PackedShuffle.class, Form.H3),
  PERMUTE64(PackedShuffle.class, Form.H3),
  SELECT16(PackedShuffle.class, Form.H1I),
  PSHUFB(PackedShuffle.class, Form.H3),
  PSHUFB_MMX(PackedShuffle.class, Form.H2),
  PINSRW(PackedShuffle.class, Form.H2I),
  PINSRB(PackedShuffle.class, Form.H2I),
  PINSRD(PackedShuffle.class, Form.H2I),
  MOVMSK8(PackedShuffle.class, Form.H1),
  PMOVMSKB(PackedShuffle.class, Form.H2),
  MOVMSKPS(PackedShuffle.class, Form.H2),
  MOVMSKPD(PackedShuffle.class, Form.H2),
  PBLENDVB(PackedShuffle.class, Form.H3),
  BLENDVPS(PackedShuffle.class, Form.H3),
  BLENDVPD(PackedShuffle.class, Form.H3),
  SIGNS8(PackedShuffle.class, Form.H1),
  SIGNS32(PackedShuffle.class, Form.H1),
  PMOVZXBW(PackedShuffle.class, Form.H1),
  PMOVZXWD(PackedShuffle.class, Form.H1),
  PMOVZXBD(PackedShuffle.class, Form.H1),
  PMOVSXBW(PackedShuffle.class, Form.H1),
  PMOVSXWD(PackedShuffle.class, Form.H1),
  PMOVSXBD(PackedShuffle.class, Form.H1),

  // SSE floating point.
  ADDSD(SseDouble.class, Form.H2S),
  SUBSD(SseDouble.class, Form.H2S),
  MULSD(SseDouble.class, Form.H2S),
  DIVSD(SseDouble.class, Form.H2S),
  MINSD(SseDouble.class, Form.H2S),
  MAXSD(SseDouble.class, Form.H2S),
  COMISD(SseDouble.class, Form.H2S),
  UCOMISD(SseDouble.class, Form.H2S),
  SQRTSD(SseDouble.class, Form.H1S),
  CMPSD(SseDouble.class, Form.H2IS),
  ROUNDSD(SseDouble.class, Form.H1IS),
  FMASD(SseDouble.class, Form.H3IS),
  ADDSS(SseSingle.class, Form.H2S),
  SUBSS(SseSingle.class, Form.H2S),
  MULSS(SseSingle.class, Form.H2S),
  DIVSS(SseSingle.class, Form.H2S),
  MINSS(SseSingle.class, Form.H2S),
  MAXSS(SseSingle.class, Form.H2S),
  SQRTSS(SseSingle.class, Form.H2S),
  COMISS(SseSingle.class, Form.H2S),
  UCOMISS(SseSingle.class, Form.H2S),
  ADDPS(SseSingle.class, Form.H2S),
  SUBPS(SseSingle.class, Form.H2S),
  MULPS(SseSingle.class, Form.H2S),
  DIVPS(SseSingle.class, Form.H2S),
  MINPS(SseSingle.class, Form.H2S),
  MAXPS(SseSingle.class, Form.H2S),
  HADDPS(SseSingle.class, Form.H2S),
  HSUBPS(SseSingle.class, Form.H2S),
  ADDSUBPS(SseSingle.class, Form.H2S),
  SQRTPS(SseSingle.class, Form.H1S),
  CMPSS(SseSingle.class, Form.H2IS),
  ROUNDSS(SseSingle.class, Form.H2IS),
  CMPPS(SseSingle.class, Form.H2IS),
  ROUNDPS(SseSingle.class, Form.H1IS),
  FMASS(SseSingle.class, Form.H3IS),
  FMAPS(SseSingle.class, Form.H3IS),
  RCPPS(SseSingle.class, Form.H1),
  RSQRTPS(SseSingle.class, Form.H1),
  RCPSS(SseSingle.class, Form.H2),
  RSQRTSS(SseSingle.class, Form.H2),
  CVTSI2SD(SseConvert.class, Form.H1S),
  CVTDQ2PS(SseConvert.class, Form.H1S),
  CVTSD2SI32(SseConvert.class, Form.H1S),
  CVTSD2SI64(SseConvert.class, Form.H1S),
  CVTTSD2SI32(SseConvert.class, Form.H1S),
  CVTTSD2SI64(SseConvert.class, Form.H1S),
  CVTSS2SI32(SseConvert.class, Form.H1S),
  CVTSS2SI64(SseConvert.class, Form.H1S),
  CVTTSS2SI32(SseConvert.class, Form.H1S),
  CVTTSS2SI64(SseConvert.class, Form.H1S),
  CVTPS2DQ(SseConvert.class, Form.H1S),
  CVTTPS2DQ(SseConvert.class, Form.H1S),
  CVTSS2SD(SseConvert.class, Form.H1S),
  CVTPH2PS(SseConvert.class, Form.H1S),
  CVTPS2PH(SseConvert.class, Form.H2IS),
  CVTSI2SS(SseConvert.class, Form.H2S),
  CVTPD2DQ(SseConvert.class, Form.H2S),
  CVTTPD2DQ(SseConvert.class, Form.H2S),
  CVTSD2SS(SseConvert.class, Form.H2S),
  CVTPD2PS(SseConvert.class, Form.H2S),

  // x87.
  X87_ARITHMETIC(X87.class, Form.EXEC),
  X87_COMPARE(X87.class, Form.EXEC),
  X87_LOAD(X87.class, Form.EXEC),
  X87_CONSTANT(X87.class, Form.EXEC),
  X87_STORE(X87.class, Form.EXEC),
  X87_COPY(X87.class, Form.EXEC),
  X87_EXCHANGE(X87.class, Form.EXEC),
  X87_MOVE_IF(X87.class, Form.EXEC),
  X87_CHANGE_SIGN(X87.class, Form.EXEC),
  X87_ABSOLUTE(X87.class, Form.EXEC),
  X87_SQUARE_ROOT(X87.class, Form.EXEC),
  X87_ROUND(X87.class, Form.EXEC),
  X87_EXAMINE(X87.class, Form.EXEC),
  X87_REMAINDER(X87Functions.class, Form.EXEC),
  X87_SCALE(X87Functions.class, Form.EXEC),
  X87_EXTRACT(X87Functions.class, Form.EXEC),
  F2XM1(X87Transcendental.class, Form.EXEC),
  FYL2X(X87Transcendental.class, Form.EXEC),
  FYL2XP1(X87Transcendental.class, Form.EXEC),
  FPATAN(X87Transcendental.class, Form.EXEC),
  FSIN(X87Transcendental.class, Form.EXEC),
  FSINCOS(X87Transcendental.class, Form.EXEC),
  X87_WAIT(X87Memory.class, Form.EXEC),
  FLDCW(X87Memory.class, Form.EXEC),
  FNCLEX(X87Memory.class, Form.EXEC),
  FNINIT(X87Memory.class, Form.EXEC),
  EMMS(X87Memory.class, Form.EXEC),
  X87_ROTATE(X87Memory.class, Form.EXEC),
  X87_FREE(X87Memory.class, Form.EXEC),
  FNSTENV(X87Memory.class, Form.EXEC),
  FLDENV(X87Memory.class, Form.EXEC),
  FNSAVE(X87Memory.class, Form.EXEC),
  FRSTOR(X87Memory.class, Form.EXEC),
  FNSTCW(X87Memory.class, Form.H1S),
  FNSTSW(X87Memory.class, Form.H1S),

  // AES, PCLMULQDQ, SHA, CRC32, string comparisons.
  AESENC(Crypto.class, Form.H3),
  AESENCLAST(Crypto.class, Form.H3),
  AESDEC(Crypto.class, Form.H3),
  AESDECLAST(Crypto.class, Form.H3),
  AESIMC(Crypto.class, Form.H1),
  AESKEYGENASSIST(Crypto.class, Form.H1I),
  CLMUL_LOW(Crypto.class, Form.H2),
  CLMUL_HIGH(Crypto.class, Form.H2),
  CRC32C(Crypto.class, Form.H2I),
  SHA1RNDS4(Crypto.class, Form.EXEC),
  SHA1NEXTE(Crypto.class, Form.EXEC),
  SHA1MSG1(Crypto.class, Form.EXEC),
  SHA1MSG2(Crypto.class, Form.EXEC),
  SHA256ROUNDS(Crypto.class, Form.H4),
  SHA256STATE(Crypto.class, Form.H3),
  SHA256MSG1(Crypto.class, Form.H2),
  SHA256MSG2(Crypto.class, Form.H2),
  PCMPSTR(StringCompare.class, Form.EXEC),

  // AVX memory accesses.
  MASKED_LOAD(VectorMemory.class, Form.EXEC),
  MASKED_STORE(VectorMemory.class, Form.EXEC),
  GATHER(VectorMemory.class, Form.EXEC),

  // State.
  TEST_FLAGS(SseState.class, Form.H2),
  BEGIN_PACKED(PackedExceptions.class, Form.H1S),
  END_PACKED(PackedExceptions.class, Form.H1S),
  STMXCSR(SseState.class, Form.H1S),
  LDMXCSR(SseState.class, Form.EXEC),
  MMX_ENTER(SseState.class, Form.EXEC),
  MASK_MOVE(SseState.class, Form.EXEC),
  FXSAVE(SseState.class, Form.EXEC),
  FXRSTOR(SseState.class, Form.EXEC),
  XSAVE(Xsave.class, Form.EXEC),
  XRSTOR(Xsave.class, Form.EXEC),
  VZERO(Xsave.class, Form.EXEC);

  /** The parameters of a helper method; all but EXEC return a {@code long}. */
  public enum Form {
    /**
     * {@code long f(long a)}; with I {@code int imm8} and with S {@code CpuState s} behind the
     * operands.
     */
    H1("J", false, false),
    H1I("J", true, false),
    H1S("J", false, true),
    H1IS("J", true, true),
    H2("JJ", false, false),
    H2I("JJ", true, false),
    H2S("JJ", false, true),
    H2IS("JJ", true, true),
    H3("JJJ", false, false),
    H3I("JJJ", true, false),
    H3S("JJJ", false, true),
    H3IS("JJJ", true, true),
    H4("JJJJ", false, false),
    H4S("JJJJ", false, true),
    /** {@code void f(CpuState s, int d, int a, int b, int imm)}. */
    EXEC("", false, true);

    private final String operands;
    private final boolean immediate;
    private final boolean state;

    Form(String operands, boolean immediate, boolean state) {
      this.operands = operands;
      this.immediate = immediate;
      this.state = state;
    }

    /** Number of {@code long} operands, 0 for EXEC. */
    public int operands() {
      return operands.length();
    }

    /** An {@code int imm8} parameter follows the operands. */
    public boolean immediate() {
      return immediate;
    }

    /** Takes the {@code CpuState}: first in EXEC, last in the others. */
    public boolean state() {
      return state;
    }

    String descriptor() {
      String cpuState = "Lio/rookery/cpu/CpuState;";
      return this == EXEC
          ? "(" + cpuState + "IIII)V"
          : "(" + operands + (immediate ? "I" : "") + (state ? cpuState : "") + ")J";
    }
  }

  private final Class<?> ownerClass;
  private final Form form;
  private final boolean faults;

  Helper(Class<?> ownerClass, Form form) {
    this.ownerClass = ownerClass;
    this.form = form;
    faults = form.state() || name().startsWith("DIV") || name().startsWith("REM");
  }

  /** The number in a micro-op, below 4,096; may change with every build. */
  @SuppressWarnings("EnumOrdinal") // the number is all that a micro-op has room for
  public int id() {
    return ordinal();
  }

  public Form form() {
    return form;
  }

  /** Whether it may raise a processor exception: SIMD ones, and the divide error. */
  public boolean mayFault() {
    return faults;
  }

  /** The class that has the method. */
  public Class<?> ownerClass() {
    return ownerClass;
  }

  /** Internal name of {@link #ownerClass}. */
  public String owner() {
    return ownerClass.getName().replace('.', '/');
  }

  public String methodName() {
    String[] words = name().toLowerCase(Locale.ROOT).split("_", -1);
    StringBuilder name = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      name.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
    }
    return name.toString();
  }

  public String descriptor() {
    return form.descriptor();
  }

  private static final Helper[] ALL = values();

  /** The helper with that id. */
  public static Helper of(int id) {
    return ALL[id];
  }
}
