package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/**
 * Access to an instruction's operands in micro-ops, shared by all lifters. Set up anew for each
 * instruction; not thread-safe.
 *
 * <p>Values are registers of the register file of which only the operand's low bits count; what
 * lies above is unspecified unless a method says otherwise.
 */
final class Operands {
  final IrBuilder out;
  private int temporaries;

  // The memory operand's address as fields of memory micro-ops, once `address` has run.
  private int memBase;
  private int memIndex;
  private int memDisp;
  private boolean addressed;

  Operands(IrBuilder out) {
    this.out = out;
  }

  /** Starts an instruction: all temporaries are free again. */
  void begin() {
    temporaries = 0;
    addressed = false;
  }

  /** A fresh temporary. */
  int temp() {
    if (temporaries == Reg.TEMPORARIES) {
      throw new IllegalStateException("out of temporaries");
    }
    return Reg.T0 + temporaries++;
  }

  /**
   * Four consecutive fresh temporaries, for {@link Op#LOAD128} and {@link Op#LOAD256}; the first is
   * returned.
   */
  int tempQuad() {
    int first = Reg.T0 + temporaries;
    for (int i = 0; i < 4; i++) {
      temp();
    }
    return first;
  }

  void op(int op, int d, int a, int b) {
    out.emit(op, d, a, b, 0);
  }

  void op(int op, int d, int a) {
    out.emit(op, d, a, 0, 0);
  }

  void opImm(int op, int d, int a, int imm) {
    out.emit(op, d, a, 0, imm);
  }

  /** A register holding {@code value}. */
  int constant(long value) {
    if (value == 0) {
      return Reg.ZERO;
    }
    int t = temp();
    load(t, value);
    return t;
  }

  /** d = value. */
  void load(int d, long value) {
    if (value == (int) value) {
      out.emit(Op.MOVI, d, 0, 0, (int) value);
    } else {
      out.emit(Op.MOVI64, d, 0, 0, 0);
      out.extra(value);
    }
  }

  // ---------------------------------------------------------------- memory operand

  /**
   * Computes what the address needs beyond base + index * scale + disp32; idempotent within an
   * instruction.
   */
  private void address(Insn i) {
    if (addressed) {
      return;
    }
    addressed = true;
    memBase = i.base < 0 ? Reg.ZERO : i.base;
    memIndex = i.index < 0 ? Reg.ZERO : Op.index(i.index, i.scale);
    if (i.disp == (int) i.disp) {
      memDisp = (int) i.disp;
    } else {
      // A RIP-relative or absolute address: it comes with neither base nor index, but a segment may
      // add to it.
      memBase = constant(i.disp);
      memDisp = 0;
    }
    if (i.addressBits != 64) {
      truncate(i.addressBits);
    }
    if (i.segment >= 4 || (i.segment >= 0 && i.mode == 32)) {
      addSegment(i);
    }
  }

  private void truncate(int bits) {
    if (memIndex == Reg.ZERO && memDisp == 0 && memBase == Reg.ZERO) {
      return;
    }
    int t = temp();
    out.emit(Op.LEA32, t, memBase, memIndex, memDisp);
    if (bits == 16) {
      op(Op.ZX16, t, t);
    }
    memBase = t;
    memIndex = Reg.ZERO;
    memDisp = 0;
  }

  private void addSegment(Insn i) {
    int base = segmentBase(i.segment);
    if (base == Reg.ZERO) {
      return;
    }
    if (memBase == Reg.ZERO) {
      memBase = base;
    } else if (memIndex == Reg.ZERO) {
      memIndex = Op.index(memBase, 0);
      memBase = base;
    } else {
      int t = temp();
      out.emit(Op.LEA64, t, memBase, memIndex, memDisp);
      memBase = base;
      memIndex = Op.index(t, 0);
      memDisp = 0;
    }
    if (i.mode == 32) {
      truncate(32); // linear addresses have 32 bits
    }
  }

  /** The linear address of {@code offset}, a register, in the instruction's segment. */
  int linear(Insn i, int offset) {
    int base = segmentBase(i.segment);
    if (base == Reg.ZERO) {
      return offset;
    }
    int t = temp();
    out.emit(i.mode == 32 ? Op.LEA32 : Op.LEA64, t, base, Op.index(offset, 0), 0);
    return t;
  }

  /**
   * The register that holds the base of segment register {@code segment}; ZERO for the flat ones.
   */
  static int segmentBase(int segment) {
    return switch (segment) {
      case 4 -> Reg.FS_BASE;
      case 5 -> Reg.GS_BASE;
      default -> Reg.ZERO;
    };
  }

  /** Emits a memory micro-op on the memory operand, {@code offset} bytes behind its start. */
  void memory(Insn i, int op, int d, int offset) {
    address(i);
    int disp = memDisp + offset;
    if (((memDisp ^ disp) & (offset ^ disp)) < 0) {
      int t = temp();
      out.emit(Op.LEA64, t, memBase, memIndex, memDisp);
      out.emit(op, d, t, Reg.ZERO, offset);
    } else {
      out.emit(op, d, memBase, memIndex, disp);
    }
  }

  void memory(Insn i, int op, int d) {
    memory(i, op, d, 0);
  }

  /** A register holding the memory operand's linear address. */
  int linearAddress(Insn i) {
    address(i);
    if (memIndex == Reg.ZERO && memDisp == 0) {
      return memBase;
    }
    int t = temp();
    out.emit(Op.LEA64, t, memBase, memIndex, memDisp);
    return t;
  }

  /** A register holding what the offsets of a gather's elements have in common. */
  int gatherOffset(Insn i) {
    int base = i.base < 0 ? Reg.ZERO : i.base;
    int t = temp();
    out.emit(Op.LEA64, t, base, Reg.ZERO, (int) i.disp);
    return t;
  }

  static int loadOp(int bits) {
    return switch (bits) {
      case 8 -> Op.LOAD8;
      case 16 -> Op.LOAD16;
      case 32 -> Op.LOAD32;
      case 64 -> Op.LOAD64;
      default -> throw new IllegalArgumentException("operand of " + bits + " bits");
    };
  }

  static int storeOp(int bits) {
    return switch (bits) {
      case 8 -> Op.STORE8;
      case 16 -> Op.STORE16;
      case 32 -> Op.STORE32;
      case 64 -> Op.STORE64;
      default -> throw new IllegalArgumentException("operand of " + bits + " bits");
    };
  }

  // ---------------------------------------------------------------- general operands

  /**
   * A register holding operand {@code n} in its low bits: the architectural register itself where
   * there is one.
   */
  int read(Insn i, int n) {
    return switch (i.kind[n]) {
      case Insn.GPR -> i.reg[n];
      case Insn.GPR_HIGH -> {
        int t = temp();
        op(Op.EXT8H, t, i.reg[n]);
        yield t;
      }
      case Insn.MEM -> {
        int t = temp();
        memory(i, loadOp(i.bits[n]), t);
        yield t;
      }
      case Insn.IMM -> constant(i.imm);
      case Insn.IMM2 -> constant(i.imm2);
      default -> throw new IllegalArgumentException(i.mnemonic + ": operand kind " + i.kind[n]);
    };
  }

  /** A register holding operand {@code n} zero-extended to 64 bits. */
  int readZero(Insn i, int n) {
    int r = read(i, n);
    return i.kind[n] == Insn.GPR ? zeroExtend(r, i.bits[n]) : r;
  }

  /** A register holding operand {@code n} sign-extended to 64 bits. */
  int readSigned(Insn i, int n) {
    return signExtend(read(i, n), i.bits[n]);
  }

  int zeroExtend(int r, int bits) {
    if (bits == 64) {
      return r;
    }
    int t = temp();
    op(bits == 32 ? Op.ZX32 : bits == 16 ? Op.ZX16 : Op.ZX8, t, r);
    return t;
  }

  int signExtend(int r, int bits) {
    if (bits == 64) {
      return r;
    }
    int t = temp();
    op(bits == 32 ? Op.SX32 : bits == 16 ? Op.SX16 : Op.SX8, t, r);
    return t;
  }

  /**
   * Where to compute a value for operand {@code n}: its register if whole 32- or 64-bit results go
   * there, else a temporary.
   */
  int target(Insn i, int n) {
    return i.kind[n] == Insn.GPR && i.bits[n] >= 32 ? i.reg[n] : temp();
  }

  /**
   * Writes {@code value}, of which the low bits count, to operand {@code n}; nothing to do if it
   * was computed in {@link #target}.
   */
  void write(Insn i, int n, int value) {
    switch (i.kind[n]) {
      case Insn.GPR -> writeRegister(i.reg[n], i.bits[n], value);
      case Insn.GPR_HIGH -> op(Op.INS8H, i.reg[n], value);
      case Insn.MEM -> memory(i, storeOp(i.bits[n]), value);
      default -> throw new IllegalArgumentException(i.mnemonic + ": operand kind " + i.kind[n]);
    }
  }

  /**
   * As {@link #write}; {@code value} is known to be zero-extended, so that a 32-bit register takes
   * it as it is.
   */
  void writeZero(Insn i, int n, int value) {
    if (i.kind[n] == Insn.GPR && i.bits[n] == 32) {
      move(i.reg[n], value);
    } else {
      write(i, n, value);
    }
  }

  /**
   * Writes the low {@code bits} of {@code value} to a general register as the architecture does.
   */
  void writeRegister(int register, int bits, int value) {
    switch (bits) {
      case 8 -> op(Op.INS8, register, value);
      case 16 -> op(Op.INS16, register, value);
      case 32 -> op(Op.ZX32, register, value);
      default -> move(register, value);
    }
  }

  void move(int d, int a) {
    if (d != a) {
      op(Op.MOV, d, a);
    }
  }

  // ---------------------------------------------------------------- helpers

  /**
   * d = helper(a, b, c, e), as many of them as its form has; {@code e} is the imm8 in the forms
   * that take one.
   */
  void call(Helper helper, int d, int a, int b, int c, int e) {
    int op =
        switch (helper.form().operands()) {
          case 1 -> Op.H1;
          case 2 -> Op.H2;
          case 3 -> Op.H3;
          default -> Op.H4;
        };
    out.emit(op, d, a, b, helper.id() | (c & 0xff) << 12 | (e & 0xff) << 20);
  }

  /** A helper on the whole state, see {@link Op#EXEC}. */
  void exec(Helper helper, int d, int a, int b, int imm20) {
    out.emit(Op.EXEC, d, a, b, helper.id() | imm20 << 12);
  }

  /** Raises processor exception {@code vector} at the instruction itself. */
  void fault(Insn i, int vector) {
    out.emit(Op.TRAP, 0, 0, 0, vector);
    out.extra(i.address);
  }
}
