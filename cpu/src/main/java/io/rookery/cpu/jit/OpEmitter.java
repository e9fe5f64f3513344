package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Emits the micro-ops that neither end a block nor need the whole state. */
final class OpEmitter {
  private static final long LOW32 = 0xffffffffL;
  private static final String LONG = "java/lang/Long";
  private static final String INTEGER = "java/lang/Integer";
  private static final String MATH = "java/lang/Math";

  private final MethodVisitor code;
  private final Locals locals;
  private final ConditionEmitter conditions;
  private final MemoryEmitter memory;

  OpEmitter(MethodVisitor code, Locals locals, ConditionEmitter conditions, Region region) {
    this.code = code;
    this.locals = locals;
    this.conditions = conditions;
    memory =
        region.style().memoryCalls()
            ? new CallingMemory(code, this, region.pages())
            : new TestedMemory(code, this, region);
  }

  /** What emits memory accesses. */
  MemoryEmitter memory() {
    return memory;
  }

  /**
   * Emits {@code word}; {@code extra} is the long behind it, {@code kind} the flags' kind in front
   * of it.
   */
  void emit(long word, long extra, int kind) {
    int op = Op.op(word);
    int d = Op.d(word);
    int imm = Op.imm(word);
    switch (op) {
      case Op.MOV -> {
        load(Op.a(word));
        store(d);
      }
      case Op.MOVI -> {
        constant(imm);
        store(d);
      }
      case Op.MOVI64 -> {
        constant(extra);
        store(d);
      }
      case Op.ZX8, Op.ZX16, Op.ZX32, Op.SX8, Op.SX16, Op.SX32, Op.EXT8H -> extension(op, word);
      case Op.INS8 -> insert(word, 0xff, 0);
      case Op.INS8H -> insert(word, 0xff, 8);
      case Op.INS16 -> insert(word, 0xffff, 0);
      case Op.LEA64 -> {
        address(word);
        store(d);
      }
      case Op.LEA32 -> {
        address(word);
        low32();
        store(d);
      }
      case Op.FENCE ->
          code.visitMethodInsn(
              INVOKESTATIC, "java/lang/invoke/VarHandle", "fullFence", "()V", false);
      case Op.H1, Op.H2, Op.H3, Op.H4 -> helper(word);
      default -> {
        if (op >= Op.SETF && op <= Op.CMOV) {
          flags(op, word, kind);
        } else if (op >= Op.LOAD8 && op <= Op.CAS) {
          memory.emit(word);
        } else {
          arithmetic(op, word);
        }
      }
    }
  }

  // ---------------------------------------------------------------- registers and constants

  void load(int register) {
    if (register == Reg.ZERO) {
      code.visitInsn(LCONST_0);
    } else {
      code.visitVarInsn(LLOAD, locals.slot(register));
    }
  }

  void store(int register) {
    code.visitVarInsn(LSTORE, locals.slot(register));
  }

  private void loadInt(int register) {
    load(register);
    code.visitInsn(L2I);
  }

  void constant(long value) {
    if (value == 0 || value == 1) {
      code.visitInsn(value == 0 ? LCONST_0 : LCONST_1);
    } else {
      code.visitLdcInsn(value);
    }
  }

  void intConstant(int value) {
    if (value >= -1 && value <= 5) {
      code.visitInsn(ICONST_0 + value);
    } else if (value == (byte) value) {
      code.visitIntInsn(BIPUSH, value);
    } else if (value == (short) value) {
      code.visitIntInsn(SIPUSH, value);
    } else {
      code.visitLdcInsn(value);
    }
  }

  private void low32() {
    code.visitLdcInsn(LOW32);
    code.visitInsn(LAND);
  }

  private void unsigned() {
    code.visitInsn(I2L);
    low32();
  }

  /** Pushes the memory operand's address. */
  void address(long word) {
    int base = Op.a(word);
    int index = Op.b(word) & 63;
    int scale = Op.b(word) >>> 6;
    int disp = Op.imm(word);
    boolean pushed = false;
    if (base != Reg.ZERO) {
      load(base);
      pushed = true;
    }
    if (index != Reg.ZERO) {
      load(index);
      if (scale != 0) {
        code.visitInsn(ICONST_0 + scale);
        code.visitInsn(LSHL);
      }
      if (pushed) {
        code.visitInsn(LADD);
      }
      pushed = true;
    }
    if (disp != 0 || !pushed) {
      constant(disp);
      if (pushed) {
        code.visitInsn(LADD);
      }
    }
  }

  // ---------------------------------------------------------------- moves

  private void extension(int op, long word) {
    load(Op.a(word));
    switch (op) {
      case Op.ZX8 -> mask(0xff);
      case Op.ZX16 -> mask(0xffff);
      case Op.ZX32 -> low32();
      case Op.EXT8H -> {
        code.visitIntInsn(BIPUSH, 8);
        code.visitInsn(LUSHR);
        mask(0xff);
      }
      default -> {
        code.visitInsn(L2I);
        if (op != Op.SX32) {
          code.visitInsn(op == Op.SX8 ? I2B : I2S);
        }
        code.visitInsn(I2L);
      }
    }
    store(Op.d(word));
  }

  /** Sign-extends the long on the stack by {@code narrow}: I2B, I2S, or NOP for 32 bits. */
  void signed(int narrow) {
    code.visitInsn(L2I);
    if (narrow != NOP) {
      code.visitInsn(narrow);
    }
    code.visitInsn(I2L);
  }

  private void mask(long mask) {
    code.visitLdcInsn(mask);
    code.visitInsn(LAND);
  }

  private void insert(long word, long mask, int shift) {
    load(Op.d(word));
    mask(~(mask << shift));
    load(Op.a(word));
    mask(mask);
    if (shift != 0) {
      code.visitIntInsn(BIPUSH, shift);
      code.visitInsn(LSHL);
    }
    code.visitInsn(LOR);
    store(Op.d(word));
  }

  // ---------------------------------------------------------------- arithmetic

  private void arithmetic(int op, long word) {
    int a = Op.a(word);
    int b = Op.b(word);
    int imm = Op.imm(word);
    switch (op) {
      case Op.ADD64 -> binary(a, b, LADD);
      case Op.SUB64 -> binary(a, b, LSUB);
      case Op.AND64 -> binary(a, b, LAND);
      case Op.OR64 -> binary(a, b, LOR);
      case Op.XOR64 -> binary(a, b, LXOR);
      case Op.MUL64 -> binary(a, b, LMUL);
      case Op.ADD32 -> binary32(a, b, LADD);
      case Op.SUB32 -> binary32(a, b, LSUB);
      case Op.AND32 -> binary32(a, b, LAND);
      case Op.OR32 -> binary32(a, b, LOR);
      case Op.XOR32 -> binary32(a, b, LXOR);
      case Op.MUL32 -> binary32(a, b, LMUL);
      case Op.SHL64 -> shift(a, b, LSHL);
      case Op.SHR64 -> shift(a, b, LUSHR);
      case Op.SAR64 -> shift(a, b, LSHR);
      case Op.SHL32 -> shift32(a, b, ISHL);
      case Op.SHR32 -> shift32(a, b, IUSHR);
      case Op.SAR32 -> shift32(a, b, ISHR);
      case Op.ROL64 -> rotate(a, b, "rotateLeft");
      case Op.ROR64 -> rotate(a, b, "rotateRight");
      case Op.ROL32 -> rotate32(a, b, "rotateLeft");
      case Op.ROR32 -> rotate32(a, b, "rotateRight");
      case Op.ADDI64 -> immediate(a, imm, LADD);
      case Op.ANDI64 -> immediate(a, imm, LAND);
      case Op.ORI64 -> immediate(a, imm, LOR);
      case Op.XORI64 -> immediate(a, imm, LXOR);
      case Op.MULI64 -> immediate(a, imm, LMUL);
      case Op.ADDI32 -> immediate32(a, imm, LADD);
      case Op.ANDI32 -> immediate(a, imm & LOW32, LAND);
      case Op.ORI32 -> immediate32(a, imm, LOR);
      case Op.XORI32 -> immediate32(a, imm, LXOR);
      case Op.MULI32 -> immediate32(a, imm, LMUL);
      case Op.SHLI64 -> shiftImmediate(a, imm, LSHL);
      case Op.SHRI64 -> shiftImmediate(a, imm, LUSHR);
      case Op.SARI64 -> shiftImmediate(a, imm, LSHR);
      case Op.SHLI32 -> shiftImmediate32(a, imm, ISHL);
      case Op.SHRI32 -> shiftImmediate32(a, imm, IUSHR);
      case Op.SARI32 -> shiftImmediate32(a, imm, ISHR);
      case Op.ROLI64 -> rotateImmediate(a, imm, "rotateLeft");
      case Op.RORI64 -> rotateImmediate(a, imm, "rotateRight");
      case Op.ROLI32 -> rotateImmediate32(a, imm, "rotateLeft");
      case Op.RORI32 -> rotateImmediate32(a, imm, "rotateRight");
      case Op.MULHU64 -> call2(a, b, "unsignedMultiplyHigh");
      case Op.MULHS64 -> call2(a, b, "multiplyHigh");
      default -> unary(op, a);
    }
    store(Op.d(word));
  }

  private void binary(int a, int b, int opcode) {
    load(a);
    load(b);
    code.visitInsn(opcode);
  }

  private void binary32(int a, int b, int opcode) {
    binary(a, b, opcode);
    low32();
  }

  private void immediate(int a, long imm, int opcode) {
    load(a);
    constant(imm);
    code.visitInsn(opcode);
  }

  private void immediate32(int a, long imm, int opcode) {
    immediate(a, imm, opcode);
    low32();
  }

  private void shift(int a, int b, int opcode) {
    load(a);
    loadInt(b);
    code.visitInsn(opcode);
  }

  private void shift32(int a, int b, int opcode) {
    loadInt(a);
    loadInt(b);
    code.visitInsn(opcode);
    unsigned();
  }

  private void shiftImmediate(int a, int count, int opcode) {
    load(a);
    intConstant(count);
    code.visitInsn(opcode);
  }

  private void shiftImmediate32(int a, int count, int opcode) {
    loadInt(a);
    intConstant(count);
    code.visitInsn(opcode);
    unsigned();
  }

  private void rotate(int a, int b, String method) {
    load(a);
    loadInt(b);
    code.visitMethodInsn(INVOKESTATIC, LONG, method, "(JI)J", false);
  }

  private void rotate32(int a, int b, String method) {
    loadInt(a);
    loadInt(b);
    code.visitMethodInsn(INVOKESTATIC, INTEGER, method, "(II)I", false);
    unsigned();
  }

  private void rotateImmediate(int a, int count, String method) {
    load(a);
    intConstant(count);
    code.visitMethodInsn(INVOKESTATIC, LONG, method, "(JI)J", false);
  }

  private void rotateImmediate32(int a, int count, String method) {
    loadInt(a);
    intConstant(count);
    code.visitMethodInsn(INVOKESTATIC, INTEGER, method, "(II)I", false);
    unsigned();
  }

  private void call2(int a, int b, String method) {
    load(a);
    load(b);
    code.visitMethodInsn(INVOKESTATIC, MATH, method, "(JJ)J", false);
  }

  private void unary(int op, int a) {
    load(a);
    switch (op) {
      case Op.NEG64 -> code.visitInsn(LNEG);
      case Op.NEG32 -> {
        code.visitInsn(LNEG);
        low32();
      }
      case Op.NOT64 -> {
        code.visitLdcInsn(-1L);
        code.visitInsn(LXOR);
      }
      case Op.NOT32 -> {
        code.visitLdcInsn(-1L);
        code.visitInsn(LXOR);
        low32();
      }
      case Op.BSWAP64 -> code.visitMethodInsn(INVOKESTATIC, LONG, "reverseBytes", "(J)J", false);
      case Op.BSWAP32 -> {
        code.visitInsn(L2I);
        code.visitMethodInsn(INVOKESTATIC, INTEGER, "reverseBytes", "(I)I", false);
        unsigned();
      }
      default -> throw new IllegalArgumentException("micro-op " + op);
    }
  }

  // ---------------------------------------------------------------- flags

  private void flags(int op, long word, int kind) {
    int a = Op.a(word);
    int b = Op.b(word);
    int d = Op.d(word);
    int imm = Op.imm(word);
    switch (op) {
      case Op.SETF -> setFlags(imm, a, b);
      case Op.SETFI -> {
        setKindAndX(d, a);
        constant(imm);
        code.visitVarInsn(LSTORE, Locals.Y);
      }
      case Op.SETFNZ -> {
        Label unchanged = new Label();
        load(b);
        code.visitInsn(LCONST_0);
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFEQ, unchanged);
        setFlags(imm, a, b);
        here(unchanged);
      }
      case Op.SETFC -> {
        Label withoutCarry = new Label();
        setFlags(imm, a, b);
        load(d);
        code.visitInsn(LCONST_0);
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFEQ, withoutCarry);
        intConstant(imm + (Flags.ADC1 - Flags.ADD));
        code.visitVarInsn(ISTORE, Locals.KIND);
        here(withoutCarry);
      }
      case Op.PUTF -> {
        setKindAndX(Flags.RAW, a);
        code.visitInsn(LCONST_0);
        code.visitVarInsn(LSTORE, Locals.Y);
      }
      case Op.GETF -> {
        conditions.pushKind(kind);
        conditions.pushOperands();
        code.visitMethodInsn(INVOKESTATIC, Names.FLAGS, "status", "(IJJ)J", false);
        store(d);
      }
      case Op.GETCF -> {
        conditions.pushCarry(kind);
        store(d);
      }
      case Op.SETCC -> {
        Label holds = new Label();
        code.visitInsn(LCONST_1);
        store(d);
        conditions.jumpIf(imm, kind, holds);
        code.visitInsn(LCONST_0);
        store(d);
        here(holds);
      }
      default -> {
        Label unchanged = new Label();
        conditions.jumpIf(imm ^ 1, kind, unchanged);
        load(a);
        store(d);
        here(unchanged);
      }
    }
  }

  private void setKindAndX(int kind, int a) {
    intConstant(kind);
    code.visitVarInsn(ISTORE, Locals.KIND);
    load(a);
    code.visitVarInsn(LSTORE, Locals.X);
  }

  private void setFlags(int kind, int a, int b) {
    setKindAndX(kind, a);
    load(b);
    code.visitVarInsn(LSTORE, Locals.Y);
  }

  private void here(Label label) {
    code.visitLabel(label);
    code.visitFrame(F_SAME, 0, null, 0, null);
  }

  // ---------------------------------------------------------------- helpers

  private void helper(long word) {
    Helper helper = Helper.of(OpInfo.helper(word));
    Helper.Form form = helper.form();
    int operands = form.operands();
    load(Op.a(word));
    if (operands > 1) {
      load(Op.b(word));
    }
    if (operands > 2) {
      load(OpInfo.third(word));
    }
    if (operands > 3) {
      load(OpInfo.fourth(word));
    }
    if (form.immediate()) {
      intConstant(OpInfo.fourth(word));
    }
    if (form.state()) {
      code.visitVarInsn(ALOAD, Locals.CPU);
    }
    code.visitMethodInsn(
        INVOKESTATIC, helper.owner(), helper.methodName(), helper.descriptor(), false);
    store(Op.d(word));
  }
}
