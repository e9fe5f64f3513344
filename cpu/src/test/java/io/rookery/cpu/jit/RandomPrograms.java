package io.rookery.cpu.jit;

import io.rookery.cpu.engine.InterpreterHarness.Ir;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Programs of random micro-ops. They end: each jump backwards halves R15, which nothing else
 * writes. R14 points to memory and is not written either.
 */
final class RandomPrograms {
  static final long CODE = 0x40_0000;

  /** Where programs leave to; not mapped. */
  static final long OUTSIDE = 0x7000_0000;

  static final int COUNTER = Reg.R15;
  static final int POINTER = 14;

  /** Remainders rely on the quotient having been found to fit. */
  private static final List<Helper> PURE =
      Arrays.stream(Helper.values())
          .filter(h -> h.form() != Helper.Form.EXEC && !h.name().startsWith("REM"))
          .toList();

  private static final int[] ARITHMETIC = range(Op.ADD64, Op.MULHS64);
  private static final int[] MOVES = range(Op.MOV, Op.LEA32);
  private static final int[] FLAG_OPS = range(Op.SETF, Op.CMOV);
  private static final int[] MEMORY = range(Op.LOAD8, Op.FENCE);

  private final RandomGenerator random;
  private final boolean[] temporaries = new boolean[256];
  private IrBuilder out = new IrBuilder();

  RandomPrograms(RandomGenerator random) {
    this.random = random;
  }

  private static int[] range(int first, int last) {
    int[] all = new int[last - first + 1];
    for (int i = 0; i < all.length; i++) {
      all[i] = first + i;
    }
    return all;
  }

  List<Ir> program() {
    int count = 1 + random.nextInt(5);
    List<Ir> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long rip = rip(i);
      out = new IrBuilder();
      out.begin(rip);
      int instructions = 1 + random.nextInt(12);
      for (int n = 0; n < instructions; n++) {
        out.instruction(rip + 3L * n);
        instruction();
      }
      out.instruction(rip + 3L * instructions);
      terminator(i, count, rip + 3L * instructions);
      blocks.add(new Ir(rip, out));
    }
    return blocks;
  }

  private static long rip(int block) {
    return CODE + 0x100L * block;
  }

  private void instruction() {
    Arrays.fill(temporaries, false);
    int ops = 1 + random.nextInt(3);
    for (int i = 0; i < ops; i++) {
      switch (random.nextInt(10)) {
        case 0, 1 -> one(MOVES);
        case 2, 3, 4 -> one(ARITHMETIC);
        case 5, 6 -> one(FLAG_OPS);
        case 7, 8 -> one(i == 0 ? MEMORY : MOVES); // what may be refused comes before changes
        default -> {
          if (i == 0) {
            helper();
          }
        }
      }
    }
  }

  private int source() {
    int register = any();
    return OpInfo.isTemporary(register) && !temporaries[register] ? random.nextInt(16) : register;
  }

  private int any() {
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3, 4, 5 -> random.nextInt(14);
      case 6 -> Reg.ZERO;
      case 7, 8, 9 -> Reg.T0 + random.nextInt(4);
      case 10 -> Reg.VECTOR + random.nextInt(12);
      default -> Reg.MMX + random.nextInt(4);
    };
  }

  private int destination(int width) {
    int register = any();
    while (register == Reg.ZERO || (register < 16 && register + width > POINTER)) {
      register = any();
    }
    for (int i = 0; i < width; i++) {
      temporaries[register + i] = true;
    }
    return register;
  }

  private void one(int[] choice) {
    int op = choice[random.nextInt(choice.length)];
    int info;
    try {
      info = OpInfo.of(op);
    } catch (IllegalArgumentException e) {
      return; // a gap in the numbers
    }
    int imm = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(256) - 128;
    int a = source();
    int b = random.nextInt(4) == 0 ? a : source();
    int width = (info & OpInfo.QUAD) != 0 ? 4 : (info & OpInfo.PAIR) != 0 ? 2 : 1;
    if ((info & OpInfo.ACCESS) != 0 || op == Op.ALIGN16 || op == Op.ALIGN32) {
      address(op, info, width);
      return;
    }
    if ((info & OpInfo.ADDRESS) != 0) {
      b = Op.index(random.nextInt(16), random.nextInt(4));
    }
    int d = read(info, width);
    switch (op) {
      case Op.SETF -> imm = kind();
      case Op.SETFNZ -> imm = shiftKind();
      case Op.SETFC -> imm = Flags.kind(random.nextBoolean() ? Flags.ADD : Flags.SUB, bits());
      case Op.SETFI -> d = kind();
      case Op.SETCC, Op.CMOV -> imm = random.nextInt(16);
      default -> {
        if (op >= Op.SHLI64 && op <= Op.RORI64) {
          imm = random.nextInt(64);
        } else if (op >= Op.SHLI32 && op <= Op.RORI32) {
          imm = random.nextInt(32);
        }
      }
    }
    if (isShiftKind(op == Op.SETF ? imm : d) && (op == Op.SETF || op == Op.SETFI)) {
      // Shift kinds need a count from 1 to 63.
      out.emit(Op.SETFI, op == Op.SETF ? imm : d, a, 0, 1 + random.nextInt(31));
      return;
    }
    if (op == Op.SETFNZ) {
      int count = Reg.T0 + 5;
      out.emit(Op.ANDI64, count, b, 0, 31);
      b = count;
    }
    if (op == Op.PUTF) {
      int status = Reg.T0 + 5;
      out.emit(Op.ANDI64, status, a, 0, Flags.STATUS);
      a = status;
    }
    if ((info & OpInfo.D_OUT) != 0) {
      d = (info & OpInfo.D_IN) != 0 ? inOut() : destination(width);
    }
    out.emit(op, d, a, b, imm);
    if (op == Op.MOVI64) {
      out.extra(random.nextLong());
    }
    if ((info & OpInfo.FLAGS_OUT) != 0 && random.nextBoolean()) {
      out.emit(Op.SETCC, destination(1), 0, 0, random.nextInt(16));
    }
  }

  /** A register that is read and written. */
  private int inOut() {
    return random.nextInt(14);
  }

  private int read(int info, int width) {
    if ((info & OpInfo.D_IN) == 0 || (info & OpInfo.D_OUT) != 0) {
      return 0;
    }
    return width > 1 ? Reg.VECTOR + random.nextInt(8) : source();
  }

  private static boolean isShiftKind(int kind) {
    int family = kind & ~3;
    return family == Flags.SHL || family == Flags.SHR || family == Flags.SAR;
  }

  private int bits() {
    return 8 << random.nextInt(4);
  }

  private int kind() {
    int family = Flags.ADD + 4 * random.nextInt(Flags.MUL / 4);
    return Flags.kind(family, bits());
  }

  private int shiftKind() {
    int family = Flags.SHL + 4 * random.nextInt(3);
    return Flags.kind(family, bits());
  }

  /** A memory micro-op, mostly within reach of the pointer. */
  private void address(int op, int info, int width) {
    int index = Reg.T0 + 6;
    int scale = random.nextInt(4);
    out.emit(Op.ANDI64, index, random.nextInt(14), 0, 0x3ff);
    int imm = random.nextInt(30) == 0 ? random.nextInt(0x8000) : random.nextInt(0x400);
    if ((info & OpInfo.ADDRESS) == 0) {
      int size = 1 << random.nextInt(4);
      out.emit(Op.LEA64, index, POINTER, Op.index(index, scale), imm);
      int value = source();
      int d = (info & OpInfo.D_IN) != 0 ? inOut() : destination(1);
      if (op == Op.CAS) {
        out.emit(
            size == 8 ? Op.MOV : size == 4 ? Op.ZX32 : size == 2 ? Op.ZX16 : Op.ZX8, d, d, 0, 0);
      }
      out.emit(op, d, index, value, size);
      return;
    }
    if (random.nextInt(4) == 0) {
      out.emit(Op.ANDI64, index, index, 0, -32);
      imm &= -32;
    }
    int d = (info & OpInfo.D_OUT) != 0 ? destination(width) : read(info, width);
    out.emit(op, d, POINTER, Op.index(index, scale), imm);
  }

  private void helper() {
    if (random.nextInt(6) == 0) {
      state();
      return;
    }
    Helper helper = PURE.get(random.nextInt(PURE.size()));
    int op =
        switch (helper.form().operands()) {
          case 1 -> Op.H1;
          case 2 -> Op.H2;
          case 3 -> Op.H3;
          default -> Op.H4;
        };
    int a = source();
    int b = source();
    int c = source();
    int e = helper.form().immediate() ? 8 << random.nextInt(3) : source();
    out.emit(op, destination(1), a, b, helper.id() | c << 12 | e << 20);
  }

  /** Helpers on the whole state. */
  private void state() {
    switch (random.nextInt(4)) {
      case 0 -> {
        int d = random.nextBoolean() ? Reg.T0 + 1 : random.nextInt(14);
        temporaries[d] = true;
        exec(Helper.GET_EFLAGS, d, 0, 0, 0);
      }
      case 1 -> exec(Helper.SET_EFLAGS, 0, source(), 0, 64);
      case 2 -> {
        out.emit(Op.LEA64, Reg.T0 + 7, POINTER, Op.index(Reg.ZERO, 0), 8 * random.nextInt(0x600));
        exec(Helper.LOCKED_ADC, 0, Reg.T0 + 7, source(), bits());
      }
      default -> exec(Helper.XGETBV, 0, 0, 0, 0);
    }
  }

  private void exec(Helper helper, int d, int a, int b, int imm) {
    out.emit(Op.EXEC, d, a, b, helper.id() | imm << 12);
  }

  private void terminator(int index, int count, long rip) {
    Arrays.fill(temporaries, false);
    long next = index + 1 < count ? rip(index + 1) : OUTSIDE;
    long far = random.nextInt(4) == 0 ? OUTSIDE + 8 : rip(index + random.nextInt(count - index));
    if (far == rip(index)) {
      far = next;
    }
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> {
        out.emit(Op.JCC, random.nextInt(16), 0, 0, 0);
        out.extra(far);
        out.extra(next);
      }
      case 3 -> {
        out.emit(Op.JNZ, 0, random.nextInt(14), 0, 0);
        out.extra(next);
        out.extra(far);
      }
      case 4 -> {
        out.emit(Op.JMP, 0, 0, 0, 0);
        out.extra(far);
      }
      case 5, 6 -> {
        out.emit(Op.SHRI64, COUNTER, COUNTER, 0, 1);
        out.emit(Op.JNZ, 0, COUNTER, 0, 0);
        out.extra(rip(random.nextInt(index + 1)));
        out.extra(next);
      }
      default -> last(rip, next);
    }
  }

  private void last(long rip, long next) {
    switch (random.nextInt(4)) {
      case 0 -> {
        out.emit(Op.MOVI64, Reg.T0, 0, 0, 0);
        out.extra(OUTSIDE + 16);
        out.emit(Op.RET, 0, Reg.T0, 0, 0);
      }
      case 1 -> {
        out.emit(Op.TRAP, 0, 0, 0, 6);
        out.extra(rip);
      }
      case 2 -> {
        out.emit(Op.SYSCALL, 0, 0, 0, random.nextInt(2));
        out.extra(next);
      }
      default -> {
        out.emit(Op.CALL, 0, 0, 0, 0);
        out.extra(OUTSIDE + 24);
        out.extra(next);
      }
    }
  }
}
