package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.diff.NativeCpu;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The x87 helpers against the host's processor: registers, tags, status word, memory, masked and
 * unmasked exceptions.
 */
class X87NativeTest {
  private static final int BATCH = 2048;
  private static final int BATCHES = Boolean.getBoolean("rookery.full") ? 200 : 20;
  private static final int INPUT = 48;
  private static final int OUTPUT = 128;
  private static final long MEMORY = 0x10000;
  private static final long IMAGE = 0x10100;

  /**
   * Registers that hold the memory operand, its address, the address of the image, and the
   * instruction's own.
   */
  private static final int LOADED = Reg.T0;

  private static final int ADDRESS = Reg.T4;
  private static final int IMAGE_ADDRESS = Reg.T5;
  private static final int OWN = Reg.ZERO;
  private static final int RESULT = Reg.T6;

  private interface Helper {
    void run(CpuState s, int d, int a, int b, int imm);
  }

  private record Operation(Helper helper, int d, int a, int imm) {}

  /** Numbers as in x87.c. */
  private static final Map<Integer, Operation> OPERATIONS = new TreeMap<>();

  private static void op(int number, Helper helper, int d, int a, int imm) {
    OPERATIONS.put(number, new Operation(helper, d, a, imm));
  }

  private static int imm(int operation, int type, int pops) {
    return operation | type << X87.TYPE_SHIFT | pops << X87.POPS_SHIFT;
  }

  static {
    op(0, X87::x87Arithmetic, 0, 1, X87.ADD);
    op(1, X87::x87Arithmetic, 0, 1, X87.MUL);
    op(2, X87::x87Compare, 0, 1, 0);
    op(3, X87::x87Compare, 0, 1, imm(0, X87.ST, 1));
    op(4, X87::x87Arithmetic, 0, 1, X87.SUB);
    op(5, X87::x87Arithmetic, 0, 1, X87.SUBR);
    op(6, X87::x87Arithmetic, 0, 1, X87.DIV);
    op(7, X87::x87Arithmetic, 0, 1, X87.DIVR);
    op(8, X87::x87Arithmetic, 1, 0, imm(X87.SUB, X87.ST, 1));
    op(9, X87::x87Arithmetic, 1, 0, imm(X87.ADD, X87.ST, 1));
    op(10, X87::x87SquareRoot, 0, 0, 0);
    op(11, X87::x87Round, 0, 0, 0);
    op(12, X87::x87ChangeSign, 0, 0, 0);
    op(13, X87::x87Absolute, 0, 0, 0);
    op(14, X87::x87Examine, 0, 0, 0);
    op(15, X87::x87Compare, 0, 0, 1);
    op(16, X87::x87Compare, 0, 1, X87.OPTION);
    op(17, X87::x87Compare, 0, 1, X87.OPTION | imm(0, X87.ST, 2));
    op(18, X87::x87Exchange, 0, 1, 0);
    op(19, X87Functions::x87Remainder, 0, 0, 0);
    op(20, X87Functions::x87Remainder, 0, 0, 1);
    op(21, X87Functions::x87Scale, 0, 0, 0);
    op(22, X87Functions::x87Extract, 0, 0, 0);
    op(23, X87::x87Load, 0, 1, imm(0, X87.ST, 0));
    op(24, X87::x87Copy, 1, 0, 0);
    op(25, X87::x87Copy, 1, 0, imm(0, X87.ST, 1));
    op(26, X87::x87Constant, 0, 0, 3);
    op(27, X87::x87Constant, 0, 0, 1);
    op(28, X87Memory::x87Rotate, 0, 0, 1);
    op(29, X87Memory::x87Rotate, 0, 0, -1);
    op(30, X87::x87MoveIf, IMAGE_ADDRESS, 1, 0);
    op(31, X87::x87MoveIf, Reg.ZERO, 1, 0);
    op(32, X87::x87Arithmetic, 0, LOADED, imm(X87.ADD, X87.FLOAT32, 0));
    op(33, X87::x87Arithmetic, 0, LOADED, imm(X87.ADD, X87.FLOAT64, 0));
    op(34, X87::x87Arithmetic, 0, LOADED, imm(X87.MUL, X87.FLOAT32, 0));
    op(35, X87::x87Arithmetic, 0, LOADED, imm(X87.DIV, X87.FLOAT64, 0));
    op(36, X87::x87Arithmetic, 0, LOADED, imm(X87.DIVR, X87.FLOAT64, 0));
    op(37, X87::x87Compare, 0, LOADED, imm(0, X87.FLOAT64, 0));
    op(38, X87::x87Compare, 0, LOADED, imm(0, X87.FLOAT32, 1));
    op(39, X87::x87Arithmetic, 0, LOADED, imm(X87.ADD, X87.INT16, 0));
    op(40, X87::x87Arithmetic, 0, LOADED, imm(X87.SUBR, X87.INT32, 0));
    op(41, X87::x87Load, 0, LOADED, imm(0, X87.FLOAT32, 0));
    op(42, X87::x87Load, 0, LOADED, imm(0, X87.FLOAT64, 0));
    op(43, X87::x87Load, 0, LOADED, imm(0, X87.FLOAT80, 0));
    op(44, X87::x87Load, 0, LOADED, imm(0, X87.INT16, 0));
    op(45, X87::x87Load, 0, LOADED, imm(0, X87.INT32, 0));
    op(46, X87::x87Load, 0, LOADED, imm(0, X87.INT64, 0));
    op(47, X87::x87Store, ADDRESS, 0, imm(0, X87.FLOAT32, 0));
    op(48, X87::x87Store, ADDRESS, 0, imm(0, X87.FLOAT64, 0));
    op(49, X87::x87Store, ADDRESS, 0, imm(0, X87.FLOAT80, 1));
    op(50, X87::x87Store, ADDRESS, 0, imm(0, X87.INT16, 0));
    op(51, X87::x87Store, ADDRESS, 0, imm(0, X87.INT32, 0));
    op(52, X87::x87Store, ADDRESS, 0, imm(0, X87.INT64, 1));
    op(53, X87::x87Store, ADDRESS, 0, X87.OPTION | imm(0, X87.INT16, 1));
    op(54, X87::x87Store, ADDRESS, 0, X87.OPTION | imm(0, X87.INT32, 1));
    op(55, X87::x87Store, ADDRESS, 0, X87.OPTION | imm(0, X87.INT64, 1));
    op(56, X87::x87Store, ADDRESS, 0, imm(0, X87.BCD, 1));
    op(57, X87::x87Load, 0, LOADED, imm(0, X87.BCD, 0));
    op(58, X87::x87Compare, RESULT, 1, X87.OPTION);
    op(59, X87::x87Compare, RESULT, 1, imm(0, X87.ST, 1));
  }

  /** Those whose results are bound by an error only. */
  private static final int TRANSCENDENTAL = 60;

  static {
    op(60, X87Transcendental::f2xm1, 0, 0, 0);
    op(61, X87Transcendental::fyl2x, 0, 0, 0);
    op(62, X87Transcendental::fyl2xp1, 0, 0, 0);
    op(63, X87Transcendental::fsincos, 0, 0, 2);
    op(64, X87Transcendental::fpatan, 0, 0, 0);
    op(65, X87Transcendental::fsin, 0, 0, 0);
    op(66, X87Transcendental::fsin, 0, 0, 1);
    op(67, X87Transcendental::fsincos, 0, 0, 0);
  }

  private static long memory(int op, Random random) {
    return switch (op) {
      case 32, 34, 38, 41 -> {
        long value = FloatInputs.SINGLE.next(random);
        yield value;
      }
      case 57 -> decimal(random);
      default -> random.nextInt(8) == 0 ? random.nextInt(5) - 2 : FloatInputs.DOUBLE.next(random);
    };
  }

  private static long decimal(Random random) {
    long digits = 0;
    for (int i = 0; i < 16; i++) {
      digits = digits << 4 | random.nextInt(10);
    }
    return digits >>> random.nextInt(64);
  }

  @Test
  void agreesWithTheHost() throws IOException, InterruptedException {
    Random random = new Random(20250102);
    StringBuilder differences = new StringBuilder();
    try (NativeChild child = new NativeChild("x87");
        MemoryPool pool = new MemoryPool(1 << 24)) {
      AddressSpace space = pool.newAddressSpace(24, 1L << 24);
      space.map(MEMORY, 4096, Protection.READ | Protection.WRITE, MapFlags.PRIVATE, null, 0, null);
      CpuState s = new CpuState(space, (cpu, kind) -> false);
      for (Map.Entry<Integer, Operation> entry : OPERATIONS.entrySet()) {
        int found = 0;
        for (int batch = 0; batch < BATCHES && found < 3; batch++) {
          found += batch(entry.getKey(), entry.getValue(), child, s, random, differences);
        }
      }
      space.release();
    }
    assertEquals("", differences.toString());
  }

  private static void request(int op, ByteBuffer out, Random random) {
    int control = 0x40 | (random.nextInt(4) == 0 ? random.nextInt(64) : 0x3f);
    if (!NativeCpu.isIntel()) {
      control |= 0x3f; // when exceptions are not masked, AMD's processors find others
    }
    control |= (random.nextBoolean() ? 3 : random.nextInt(4)) << 8;
    control |= (random.nextBoolean() ? 0 : random.nextInt(4)) << 10;
    int setup = random.nextInt(8) == 0 ? random.nextInt(8) : 0;
    Extended st0 = ExtendedInputs.next(random);
    Extended st1 = ExtendedInputs.near(st0, random);
    out.putInt(op).putShort((short) control).putShort((short) setup);
    out.putLong(st0.significand).putShort((short) st0.signExponent);
    out.putLong(st1.significand).putShort((short) st1.signExponent);
    out.putInt(0).putLong(memory(op, random));
    out.putLong(
        op == 57
            ? random.nextInt(10) << 4 | random.nextInt(10) | 0x8000L * random.nextInt(2)
            : random.nextInt(0x10000));
  }

  private static void prepare(CpuState s, ByteBuffer in, int at) {
    X87Memory.fninit(s, 0, 0, 0, 0);
    int setup = in.getShort(at + 6);
    s.x87.control = in.getShort(at + 4);
    s.x87.top = (setup & 4) != 0 ? 0 : 6;
    s.x87.empty = (setup & 4) != 0 ? 0 : 0x3f;
    for (int i = 0; i < 8; i++) {
      s.r[Reg.MMX + i] = 0;
      s.x87.signExponent[i] = 0;
    }
    for (int i = 0; i < 2; i++) {
      s.r[SseState.slot(s, i)] = in.getLong(at + 8 + 10 * i);
      s.x87.signExponent[SseState.physical(s, i)] = in.getShort(at + 16 + 10 * i) & 0xffff;
      if ((setup >> i & 1) != 0) {
        s.x87.empty |= 1 << SseState.physical(s, i);
      }
    }
    s.r[LOADED] = in.getLong(at + 32);
    s.r[LOADED + 1] = in.getLong(at + 40);
    s.r[ADDRESS] = MEMORY;
    s.r[IMAGE_ADDRESS] = IMAGE;
    s.r[RESULT] = -1;
    s.space.storeLong(MEMORY, in.getLong(at + 32));
    s.space.storeLong(MEMORY + 8, in.getLong(at + 40));
  }

  private static int batch(
      int number,
      Operation operation,
      NativeChild child,
      CpuState s,
      Random random,
      StringBuilder differences)
      throws IOException {
    int found = 0;
    ByteBuffer request = NativeChild.buffer(INPUT * BATCH);
    for (int i = 0; i < BATCH; i++) {
      request(number, request, random);
    }
    ByteBuffer answer = child.ask(request, OUTPUT * BATCH);
    for (int i = 0; i < BATCH; i++) {
      int at = INPUT * i;
      prepare(s, request, at);
      operation.helper.run(s, operation.d, operation.a, OWN, operation.imm);
      if (s.r[RESULT] != -1) {
        s.space.storeByte(MEMORY, (byte) (s.r[RESULT] | 2));
      }
      X87Memory.fnsave(s, 0, IMAGE_ADDRESS, 0, 32);
      byte[] image = new byte[108];
      s.space.read(IMAGE, image, 0, 108);
      String got =
          describe(ByteBuffer.wrap(image).order(request.order()), 0)
              + memoryText(number, s.space.loadLong(MEMORY), s.space.loadLong(MEMORY + 8));
      int from = OUTPUT * i;
      String expected =
          describe(answer, from)
              + memoryText(number, answer.getLong(from + 112), answer.getLong(from + 120));
      boolean same =
          number >= TRANSCENDENTAL
              ? outOfRange(number, request, at)
                  || near(answer, from, ByteBuffer.wrap(image).order(request.order()))
              : got.equals(expected);
      if (!same && found++ < 3) {
        differences.append(
            "op %d control %x setup %d st0 %s st1 %s mem %x %x%n   expected %s%n   got      %s%n"
                .formatted(
                    number,
                    request.getShort(at + 4),
                    request.getShort(at + 6),
                    register(request, at + 8),
                    register(request, at + 18),
                    request.getLong(at + 32),
                    request.getLong(at + 40),
                    expected,
                    got));
      }
    }
    return found;
  }

  /** F2XM1 and FYL2XP1 promise nothing outside of their domains (SDM vol. 2). */
  private static boolean outOfRange(int number, ByteBuffer request, int at) {
    int exponent = request.getShort(at + 16) & 0x7fff;
    boolean finite = exponent != 0x7fff;
    return (number == 60 && finite && exponent >= Extended.BIAS)
        || (number == 62 && finite && exponent >= Extended.BIAS - 2);
  }

  /** The same state but for C1, PE and one unit in the last place of the results. */
  private static boolean near(ByteBuffer expected, int at, ByteBuffer got) {
    boolean rounded = false;
    for (int i = 0; i < 8; i++) {
      int register = 28 + 10 * i;
      long difference = expected.getLong(at + register) - got.getLong(register);
      int expectedExponent = Math.max(1, expected.getShort(at + register + 8) & 0x7fff);
      int gotExponent = Math.max(1, got.getShort(register + 8) & 0x7fff);
      int exponents = expectedExponent - gotExponent;
      boolean close = exponents == 0 && Math.abs(difference) <= 1;
      boolean carried = Math.abs(exponents) == 1 && Math.abs(difference) == Long.MAX_VALUE;
      if ((!close && !carried)
          || (expected.getShort(at + register + 8) ^ got.getShort(register + 8)) < 0) {
        return false;
      }
      rounded |= difference != 0;
    }
    // A result rounded otherwise may also be just denormal or zero, or not.
    int status = 0xffff & ~(X87Control.C1 | X87Control.PRECISION);
    status &= rounded ? ~X87Control.UNDERFLOW : -1;
    return ((expected.getShort(at + 4) ^ got.getShort(4)) & status) == 0
        && (rounded || expected.getShort(at + 8) == got.getShort(8));
  }

  /** For FCOMI and FUCOMI memory has the flags, of which ZF, PF and CF count. */
  private static String memoryText(int number, long low, long high) {
    return number == 58 || number == 59
        ? " flags " + (low & 0x45)
        : " mem %x %x".formatted(low, high);
  }

  private static String register(ByteBuffer image, int at) {
    return HexFormat.of().toHexDigits(image.getShort(at + 8))
        + ":"
        + HexFormat.of().toHexDigits(image.getLong(at));
  }

  /** Status, tags and registers of an FNSAVE image. */
  private static String describe(ByteBuffer image, int at) {
    StringBuilder text = new StringBuilder();
    text.append("status %04x tags %04x".formatted(image.getShort(at + 4), image.getShort(at + 8)));
    for (int i = 0; i < 3; i++) {
      text.append(' ').append(register(image, at + 28 + 10 * i));
    }
    return text + " last " + register(image, at + 98);
  }
}
