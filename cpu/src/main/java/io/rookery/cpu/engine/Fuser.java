package io.rookery.cpu.engine;

import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.Arrays;

/**
 * Turns a block's micro-ops into the interpreter's form: a peephole pass that replaces sequences by
 * {@link Fused} ones.
 */
final class Fuser {
  private static final int KIND_ADD64 = Flags.ADD | 3;
  private static final int KIND_ADD32 = Flags.ADD | 2;
  private static final int KIND_SUB64 = Flags.SUB | 3;
  private static final int KIND_SUB32 = Flags.SUB | 2;
  private static final int KIND_LOGIC64 = Flags.LOGIC | 3;
  private static final int KIND_LOGIC32 = Flags.LOGIC | 2;
  private static final int KIND_SHL64 = Flags.SHL | 3;
  private static final int KIND_SHL32 = Flags.SHL | 2;
  private static final int KIND_SHR64 = Flags.SHR | 3;
  private static final int KIND_SHR32 = Flags.SHR | 2;

  private final long[] in;
  private final short[] inOrigin;
  private final long[] out;
  private final short[] outOrigin;
  private int read;
  private int written;

  private Fuser(IrBuilder ir) {
    in = ir.code();
    inOrigin = ir.origin();
    out = new long[in.length];
    outOrigin = new short[in.length];
  }

  /** {@code bytes}: length of the block's guest code. */
  static BlockCode fuse(IrBuilder ir, int bytes) {
    Fuser fuser = new Fuser(ir);
    fuser.run();
    return new BlockCode(
        Arrays.copyOf(fuser.out, fuser.written),
        Arrays.copyOf(fuser.outOrigin, fuser.written),
        bytes,
        ir.instructions());
  }

  private void run() {
    while (read < in.length) {
      long w = in[read];
      boolean done =
          switch (Op.op(w)) {
            case Op.SETF -> setFlags(w);
            case Op.SETFI -> setFlagsImmediate(w);
            case Op.AND64, Op.AND32, Op.OR64, Op.OR32, Op.XOR64, Op.XOR32 -> logic(w);
            case Op.ANDI64, Op.ANDI32 -> logic(w);
            case Op.STORE64 -> push(w);
            case Op.LOAD64 -> pop(w);
            case Op.MOVI64 -> constant(w);
            case Op.MOVI -> pushCall(w, Op.imm(w), 1);
            default -> false;
          };
      if (!done) {
        int length = Op.length(Op.op(w));
        for (int i = 0; i < length; i++) {
          emit(in[read + i], read);
        }
        read += length;
      }
    }
  }

  private void emit(long word, int from) {
    out[written] = word;
    outOrigin[written++] = inOrigin[from];
  }

  /**
   * The micro-op {@code ahead} longs from here, 0 (a MOV of RAX to itself, which nothing matches)
   * behind the end.
   */
  private long peek(int ahead) {
    return read + ahead < in.length ? in[read + ahead] : 0;
  }

  /** Emits one fused word for {@code consumed} longs. */
  private boolean replace(int op, int d, int a, int b, int imm, int consumed) {
    emit(Op.encode(op, d, a, b, imm), read);
    read += consumed;
    return true;
  }

  private static boolean fusesWithJump(int condition) {
    return condition >= 2 && condition <= 7 || condition >= 12;
  }

  /** Behind flags of a LOGIC result, SF alone decides what for SUB needs OF too. */
  private static int logicCondition(int condition) {
    return condition == 8 || condition == 9 ? condition + 4 : condition;
  }

  private boolean jump(int op, int kind, int a, int b, int imm) {
    emit(Op.encode(op, kind, a, b, imm), read);
    emit(in[read + 2], read);
    emit(in[read + 3], read);
    read += 4;
    return true;
  }

  private boolean setFlags(long w) {
    int kind = Op.imm(w);
    int a = Op.a(w);
    int b = Op.b(w);
    long next = peek(1);
    if (Op.op(next) == Op.JCC && (kind & ~3) == Flags.SUB && fusesWithJump(Op.d(next))) {
      return jump(Fused.CMPJ + Op.d(next), kind, a, b, shift(kind));
    }
    if (Op.a(next) != a || Op.b(next) != b) {
      return false;
    }
    int fused =
        switch (Op.op(next)) {
          case Op.ADD64 -> kind == KIND_ADD64 ? Fused.ADDF64 : 0;
          case Op.ADD32 -> kind == KIND_ADD32 ? Fused.ADDF32 : 0;
          case Op.SUB64 -> kind == KIND_SUB64 ? Fused.SUBF64 : 0;
          case Op.SUB32 -> kind == KIND_SUB32 ? Fused.SUBF32 : 0;
          default -> 0;
        };
    return fused != 0 && replace(fused, Op.d(next), a, b, 0, 2);
  }

  /** How far operands of {@code kind} are from the upper end of a long. */
  private static int shift(int kind) {
    return 64 - (8 << (kind & 3));
  }

  private boolean setFlagsImmediate(long w) {
    int kind = Op.d(w);
    int a = Op.a(w);
    int imm = Op.imm(w);
    long next = peek(1);
    if (Op.op(next) == Op.JCC) {
      boolean logic = (kind & ~3) == Flags.LOGIC;
      int condition = logic ? logicCondition(Op.d(next)) : Op.d(next);
      // LOGIC ignores its second operand; only 0 compares like it.
      return ((logic && imm == 0) || (kind & ~3) == Flags.SUB)
          && fusesWithJump(condition)
          && jump(Fused.CMPJI + condition, kind, a, shift(kind), imm);
    }
    if (Op.a(next) != a) {
      return false;
    }
    int d = Op.d(next);
    boolean same = imm == Op.imm(next);
    int fused =
        switch (Op.op(next)) {
          case Op.ADDI64 -> addImmediate(kind, imm, Op.imm(next), KIND_ADD64, Fused.ADDIF64);
          case Op.ADDI32 -> addImmediate(kind, imm, Op.imm(next), KIND_ADD32, Fused.ADDIF32);
          case Op.SHLI64 -> kind == KIND_SHL64 && same ? Fused.SHLIF64 : 0;
          case Op.SHLI32 -> kind == KIND_SHL32 && same ? Fused.SHLIF32 : 0;
          case Op.SHRI64 -> kind == KIND_SHR64 && same ? Fused.SHRIF64 : 0;
          case Op.SHRI32 -> kind == KIND_SHR32 && same ? Fused.SHRIF32 : 0;
          default -> 0;
        };
    return fused != 0 && replace(fused, d, a, 0, imm, 2);
  }

  /** The fused ADD, or the SUB two behind it, or 0 if flags and sum do not belong together. */
  private static int addImmediate(int kind, int flagsImm, int sumImm, int addKind, int fusedAdd) {
    if (kind == addKind && flagsImm == sumImm) {
      return fusedAdd;
    }
    boolean sub = kind == addKind + (Flags.SUB - Flags.ADD) && flagsImm == -sumImm;
    return sub ? fusedAdd + (Fused.SUBIF64 - Fused.ADDIF64) : 0;
  }

  private boolean logic(long w) {
    long next = peek(1);
    int kind = Op.d(next);
    if (Op.op(next) != Op.SETFI || Op.a(next) != Op.d(w) || Op.imm(next) != 0) {
      return false;
    }
    int fused =
        switch (Op.op(w)) {
          case Op.AND64 -> kind == KIND_LOGIC64 ? Fused.ANDF64 : 0;
          case Op.AND32 -> kind == KIND_LOGIC32 ? Fused.ANDF32 : 0;
          case Op.OR64 -> kind == KIND_LOGIC64 ? Fused.ORF64 : 0;
          case Op.OR32 -> kind == KIND_LOGIC32 ? Fused.ORF32 : 0;
          case Op.XOR64 -> kind == KIND_LOGIC64 ? Fused.XORF64 : 0;
          case Op.XOR32 -> kind == KIND_LOGIC32 ? Fused.XORF32 : 0;
          case Op.ANDI64 -> kind == KIND_LOGIC64 ? Fused.ANDIF64 : 0;
          default -> kind == KIND_LOGIC32 ? Fused.ANDIF32 : 0;
        };
    if (fused == 0 || fusesWithJumpAhead()) {
      return false; // TEST and JCC: better fused with each other
    }
    return replace(fused, Op.d(w), Op.a(w), Op.b(w), Op.imm(w), 2);
  }

  private boolean fusesWithJumpAhead() {
    long jump = peek(2);
    return Op.op(jump) == Op.JCC && fusesWithJump(logicCondition(Op.d(jump)));
  }

  private static boolean isStackStep(long w, int step) {
    return Op.op(w) == Op.ADDI64 && Op.d(w) == Reg.RSP && Op.a(w) == Reg.RSP && Op.imm(w) == step;
  }

  private static boolean isStackAccess(long w, int disp) {
    return Op.a(w) == Reg.RSP && Op.b(w) == Reg.ZERO && Op.imm(w) == disp;
  }

  private boolean push(long w) {
    return isStackAccess(w, -8)
        && isStackStep(peek(1), -8)
        && replace(Fused.PUSH64, Op.d(w), 0, 0, 0, 2);
  }

  private boolean pop(long w) {
    int value = Op.d(w);
    if (!isStackAccess(w, 0) || value < Reg.T0 || value >= Reg.T0 + Reg.TEMPORARIES) {
      return false;
    }
    long step = peek(1);
    long last = peek(2);
    if (!isStackStep(step, Op.imm(step)) || Op.a(last) != value) {
      return false;
    }
    if (Op.op(last) == Op.RET) {
      return replace(Fused.POP_RET, 0, 0, 0, Op.imm(step), 3);
    }
    return Op.op(last) == Op.MOV
        && Op.imm(step) == 8
        && replace(Fused.POP64, Op.d(last), 0, 0, 0, 3);
  }

  private boolean constant(long w) {
    int t = Op.d(w);
    if (pushCall(w, in[read + 1], 2)) {
      return true;
    }
    long load = peek(2);
    if (Op.a(load) != t
        || Op.b(load) != Reg.ZERO
        || Op.imm(load) != 0
        || inOrigin[read] != inOrigin[read + 2]) { // the load's fault is its own instruction's
      return false;
    }
    int fused =
        switch (Op.op(load)) {
          case Op.LOAD64 -> Fused.LOAD64_AT;
          case Op.LOAD32 -> Fused.LOAD32_AT;
          case Op.LOAD8 -> Fused.LOAD8_AT;
          default -> 0;
        };
    if (fused == 0) {
      return false;
    }
    long address = in[read + 1];
    int from = read;
    replace(fused, Op.d(load), t, 0, 0, 3);
    emit(address, from);
    return true;
  }

  /**
   * A constant of {@code length} longs, its push, and the call that it is the return address of.
   */
  private boolean pushCall(long w, long value, int length) {
    long store = peek(length);
    long step = peek(length + 1);
    long call = peek(length + 2);
    if (Op.op(store) != Op.STORE64
        || Op.d(store) != Op.d(w)
        || !isStackAccess(store, -8)
        || !isStackStep(step, -8)
        || Op.op(call) != Op.CALL
        || in[read + length + 4] != value) {
      return false;
    }
    int from = read;
    replace(Fused.PUSH_CALL, 0, 0, 0, 0, length + 5);
    emit(in[from + length + 3], from);
    emit(value, from);
    return true;
  }
}
