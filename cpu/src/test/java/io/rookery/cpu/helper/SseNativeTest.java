package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The SSE floating point helpers against the host's processor: values, MXCSR flags, unmasked
 * exceptions.
 */
class SseNativeTest {
  private static final int BATCH = 4096;
  private static final int BATCHES = Boolean.getBoolean("rookery.full") ? 250 : 25;

  private interface Operation {
    long apply(long a, long b, long c, CpuState s);
  }

  /** Numbers as in sse.c; flags of comparisons as LAHF has them. */
  private static final Map<Integer, Operation> OPERATIONS = new TreeMap<>();

  static {
    OPERATIONS.put(0, (a, b, c, s) -> SseDouble.addsd(a, b, s));
    OPERATIONS.put(1, (a, b, c, s) -> SseDouble.subsd(a, b, s));
    OPERATIONS.put(2, (a, b, c, s) -> SseDouble.mulsd(a, b, s));
    OPERATIONS.put(3, (a, b, c, s) -> SseDouble.divsd(a, b, s));
    OPERATIONS.put(4, (a, b, c, s) -> SseDouble.minsd(a, b, s));
    OPERATIONS.put(5, (a, b, c, s) -> SseDouble.maxsd(a, b, s));
    OPERATIONS.put(6, (a, b, c, s) -> SseDouble.sqrtsd(b, s));
    OPERATIONS.put(7, (a, b, c, s) -> SseSingle.addss(a, b, s));
    OPERATIONS.put(8, (a, b, c, s) -> SseSingle.subss(a, b, s));
    OPERATIONS.put(9, (a, b, c, s) -> SseSingle.mulss(a, b, s));
    OPERATIONS.put(10, (a, b, c, s) -> SseSingle.divss(a, b, s));
    OPERATIONS.put(11, (a, b, c, s) -> SseSingle.minss(a, b, s));
    OPERATIONS.put(12, (a, b, c, s) -> SseSingle.maxss(a, b, s));
    OPERATIONS.put(13, (a, b, c, s) -> SseSingle.sqrtss(a, b, s));
    OPERATIONS.put(14, (a, b, c, s) -> SseConvert.cvtss2sd(b, s));
    OPERATIONS.put(15, (a, b, c, s) -> SseConvert.cvtsd2ss(a, b, s));
    OPERATIONS.put(16, (a, b, c, s) -> SseConvert.cvtsi2sd(b, s));
    OPERATIONS.put(17, (a, b, c, s) -> SseConvert.cvtsi2ss(a, b, s));
    OPERATIONS.put(18, (a, b, c, s) -> SseConvert.cvtsd2si32(b, s));
    OPERATIONS.put(19, (a, b, c, s) -> SseConvert.cvtsd2si64(b, s));
    OPERATIONS.put(20, (a, b, c, s) -> SseConvert.cvttsd2si32(b, s));
    OPERATIONS.put(21, (a, b, c, s) -> SseConvert.cvttsd2si64(b, s));
    OPERATIONS.put(22, (a, b, c, s) -> SseConvert.cvtss2si32(b, s));
    OPERATIONS.put(23, (a, b, c, s) -> SseConvert.cvtss2si64(b, s));
    OPERATIONS.put(24, (a, b, c, s) -> SseConvert.cvttss2si32(b, s));
    OPERATIONS.put(25, (a, b, c, s) -> SseConvert.cvttss2si64(b, s));
    OPERATIONS.put(26, (a, b, c, s) -> SseDouble.comisd(a, b, s) | 2);
    OPERATIONS.put(27, (a, b, c, s) -> SseDouble.ucomisd(a, b, s) | 2);
    OPERATIONS.put(28, (a, b, c, s) -> SseSingle.comiss(a, b, s) | 2);
    OPERATIONS.put(29, (a, b, c, s) -> SseSingle.ucomiss(a, b, s) | 2);
    OPERATIONS.put(30, (a, b, c, s) -> SseConvert.cvtdq2ps(b, s));
    OPERATIONS.put(31, (a, b, c, s) -> SseDouble.fmasd(b, a, c, 0, s));
    OPERATIONS.put(
        32, (a, b, c, s) -> (a & ~0xffffffffL) | (SseSingle.fmass(b, a, c, 0, s) & 0xffffffffL));
    int[] modes = {0, 1, 2, 3, 4, 8, 11, 12};
    for (int i = 0; i < 8; i++) {
      int predicate = i;
      OPERATIONS.put(40 + i, (a, b, c, s) -> SseDouble.cmpsd(a, b, predicate, s));
      OPERATIONS.put(48 + i, (a, b, c, s) -> SseSingle.cmpss(a, b, predicate, s));
      OPERATIONS.put(56 + i, (a, b, c, s) -> SseDouble.roundsd(b, modes[predicate], s));
      OPERATIONS.put(64 + i, (a, b, c, s) -> SseSingle.roundss(a, b, modes[predicate], s));
    }
  }

  private static boolean single(int op) {
    return (op >= 7 && op <= 14)
        || (op >= 22 && op <= 25)
        || op == 28
        || op == 29
        || op == 32
        || (op >= 48 && op < 56)
        || op >= 64;
  }

  private static int mxcsr(Random random) {
    int value = random.nextInt(4) == 0 ? random.nextInt(64) : 0x20;
    value |= random.nextInt(4) == 0 ? random.nextInt(64) << 7 : 0x1f80;
    value |= random.nextInt(2) == 0 ? random.nextInt(4) << 13 : 0;
    value |= random.nextInt(4) == 0 ? 0x40 : 0;
    value |= random.nextInt(4) == 0 ? 0x8000 : 0;
    return value;
  }

  @Test
  void agreesWithTheHost() throws IOException, InterruptedException {
    Random random = new Random(20250101);
    StringBuilder differences = new StringBuilder();
    try (NativeChild child = new NativeChild("sse");
        MemoryPool pool = new MemoryPool(1 << 24)) {
      AddressSpace space = pool.newAddressSpace(24, 1L << 24);
      CpuState s = new CpuState(space, (cpu, kind) -> false);
      for (Map.Entry<Integer, Operation> entry : OPERATIONS.entrySet()) {
        for (int batch = 0; batch < BATCHES; batch++) {
          batch(entry.getKey(), entry.getValue(), child, s, random, differences);
        }
      }
      space.release();
    }
    assertEquals("", differences.toString());
  }

  private static void batch(
      int op,
      Operation operation,
      NativeChild child,
      CpuState s,
      Random random,
      StringBuilder differences)
      throws IOException {
    int found = 0;
    FloatInputs inputs = single(op) ? FloatInputs.SINGLE : FloatInputs.DOUBLE;
    ByteBuffer request = NativeChild.buffer(32 * BATCH);
    for (int i = 0; i < BATCH; i++) {
      long a = inputs.next(random);
      long b = inputs.near(a, random);
      long c = inputs.near(b, random);
      request.putInt(op).putInt(mxcsr(random)).putLong(a).putLong(b).putLong(c);
    }
    ByteBuffer answer = child.ask(request, 16 * BATCH);
    for (int i = 0; i < BATCH; i++) {
      int mxcsr = request.getInt(32 * i + 4);
      long a = request.getLong(32 * i + 8);
      long b = request.getLong(32 * i + 16);
      long c = request.getLong(32 * i + 24);
      s.mxcsr = mxcsr;
      long result;
      int fault = 0;
      try {
        result = operation.apply(a, b, c, s);
      } catch (CpuFault e) {
        result = 0;
        fault = 8;
      }
      String expected =
          "%x mxcsr %x signal %d"
              .formatted(
                  answer.getLong(16 * i), answer.getInt(16 * i + 8), answer.getInt(16 * i + 12));
      String got = "%x mxcsr %x signal %d".formatted(result, s.mxcsr, fault);
      if (!got.equals(expected) && found++ < 3) {
        differences.append(
            "op %d mxcsr %x a %x b %x c %x: expected %s, got %s%n"
                .formatted(op, mxcsr, a, b, c, expected, got));
      }
    }
  }
}
