package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.ir.Flags;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Emits conditions on the lazy flags: compares of their operands where the kind is known, calls of
 * {@link Flags} elsewhere.
 */
final class ConditionEmitter {
  private static final int OVERFLOW = 0;
  private static final int BELOW = 1;
  private static final int EQUAL = 2;
  private static final int BELOW_OR_EQUAL = 3;
  private static final int SIGN = 4;
  private static final int PARITY = 5;
  private static final int LESS = 6;
  private static final int LESS_OR_EQUAL = 7;

  private final MethodVisitor code;

  ConditionEmitter(MethodVisitor code) {
    this.code = code;
  }

  /** Jumps to {@code target} if tttn code {@code condition} holds for flags of {@code kind}. */
  void jumpIf(int condition, int kind, Label target) {
    boolean negated = (condition & 1) != 0;
    int pair = condition >> 1;
    boolean done =
        kind != FlagFlow.UNKNOWN
            && switch (kind & ~3) {
              case Flags.SUB -> subtraction(pair, kind, negated, target);
              case Flags.LOGIC -> logic(pair, kind, negated, target);
              case Flags.ADD -> addition(pair, kind, negated, target);
              case Flags.INC, Flags.DEC -> step(pair, kind, negated, target);
              case Flags.RAW -> raw(pair, negated, target);
              case Flags.SHL, Flags.SHR, Flags.SAR -> shift(pair, kind, negated, target);
              default -> false;
            };
    if (!done) {
      code.visitIntInsn(BIPUSH, condition);
      pushKind(kind);
      pushOperands();
      code.visitMethodInsn(INVOKESTATIC, Names.FLAGS, "test", "(IIJJ)Z", false);
      code.visitJumpInsn(IFNE, target);
    }
  }

  /** Pushes the kind as an int. */
  void pushKind(int kind) {
    if (kind == FlagFlow.UNKNOWN) {
      code.visitVarInsn(ILOAD, Locals.KIND);
    } else {
      code.visitIntInsn(BIPUSH, kind);
    }
  }

  void pushOperands() {
    code.visitVarInsn(LLOAD, Locals.X);
    code.visitVarInsn(LLOAD, Locals.Y);
  }

  /** Pushes CF as a long. */
  void pushCarry(int kind) {
    pushCarryInt(kind);
    code.visitInsn(I2L);
  }

  private void pushCarryInt(int kind) {
    switch (kind == FlagFlow.UNKNOWN ? FlagFlow.UNKNOWN : kind & ~3) {
      case Flags.LOGIC -> code.visitInsn(ICONST_0);
      case Flags.INC, Flags.DEC -> {
        code.visitVarInsn(LLOAD, Locals.Y);
        code.visitInsn(L2I);
        code.visitInsn(ICONST_1);
        code.visitInsn(IAND);
      }
      case Flags.RAW -> {
        code.visitVarInsn(LLOAD, Locals.X);
        code.visitInsn(L2I);
        code.visitInsn(ICONST_1);
        code.visitInsn(IAND);
      }
      case Flags.SUB -> {
        pushUnsignedOrder(kind);
        signBit();
      }
      case Flags.ADD -> {
        pushSumOrder(kind);
        signBit();
      }
      default -> {
        pushKind(kind);
        pushOperands();
        code.visitMethodInsn(INVOKESTATIC, Names.FLAGS, "carry", "(IJJ)I", false);
      }
    }
  }

  private void signBit() {
    code.visitIntInsn(BIPUSH, 31);
    code.visitInsn(IUSHR);
  }

  /** Pushes an int that is negative if x + y is below x: the sum has wrapped. */
  private void pushSumOrder(int kind) {
    switch (kind & 3) {
      case 3 -> {
        pushOperands();
        code.visitInsn(LADD);
        code.visitVarInsn(LLOAD, Locals.X);
        compareUnsigned("java/lang/Long", "(JJ)I");
      }
      case 2 -> {
        pushOperands();
        code.visitInsn(LADD);
        code.visitInsn(L2I);
        code.visitVarInsn(LLOAD, Locals.X);
        code.visitInsn(L2I);
        compareUnsigned("java/lang/Integer", "(II)I");
      }
      default -> {
        pushOperands();
        code.visitInsn(LADD);
        narrowUnsigned(kind);
        code.visitVarInsn(LLOAD, Locals.X);
        narrowUnsigned(kind);
        code.visitInsn(ISUB);
      }
    }
  }

  /** Pushes an int whose sign says how x and y compare as unsigned numbers. */
  private void pushUnsignedOrder(int kind) {
    switch (kind & 3) {
      case 3 -> {
        pushOperands();
        compareUnsigned("java/lang/Long", "(JJ)I");
      }
      case 2 -> {
        code.visitVarInsn(LLOAD, Locals.X);
        code.visitInsn(L2I);
        code.visitVarInsn(LLOAD, Locals.Y);
        code.visitInsn(L2I);
        compareUnsigned("java/lang/Integer", "(II)I");
      }
      default -> {
        code.visitVarInsn(LLOAD, Locals.X);
        narrowUnsigned(kind);
        code.visitVarInsn(LLOAD, Locals.Y);
        narrowUnsigned(kind);
        code.visitInsn(ISUB);
      }
    }
  }

  private void compareUnsigned(String owner, String descriptor) {
    code.visitMethodInsn(INVOKESTATIC, owner, "compareUnsigned", descriptor, false);
  }

  private boolean subtraction(int pair, int kind, boolean negated, Label target) {
    switch (pair) {
      case BELOW -> jumpByUnsignedOrder(kind, negated ? IFGE : IFLT, target);
      case BELOW_OR_EQUAL -> jumpByUnsignedOrder(kind, negated ? IFGT : IFLE, target);
      case EQUAL -> compareSigned(kind, negated ? IFNE : IFEQ, target);
      case LESS -> compareSigned(kind, negated ? IFGE : IFLT, target);
      case LESS_OR_EQUAL -> compareSigned(kind, negated ? IFGT : IFLE, target);
      case SIGN -> {
        pushOperands();
        code.visitInsn(LSUB);
        compareZero(kind, negated ? IFGE : IFLT, target);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean logic(int pair, int kind, boolean negated, Label target) {
    switch (pair) {
      case OVERFLOW, BELOW -> {
        // Never; a goto would leave dead code behind it.
        code.visitInsn(ICONST_0);
        code.visitJumpInsn(negated ? IFEQ : IFNE, target);
      }
      case EQUAL, BELOW_OR_EQUAL -> result(kind, negated ? IFNE : IFEQ, target);
      case SIGN, LESS -> result(kind, negated ? IFGE : IFLT, target);
      case LESS_OR_EQUAL -> result(kind, negated ? IFGT : IFLE, target);
      case PARITY -> {
        return false;
      }
      default -> throw new IllegalArgumentException("condition pair " + pair);
    }
    return true;
  }

  private boolean addition(int pair, int kind, boolean negated, Label target) {
    switch (pair) {
      case BELOW -> {
        pushSumOrder(kind);
        code.visitJumpInsn(negated ? IFGE : IFLT, target);
      }
      case EQUAL -> {
        pushOperands();
        code.visitInsn(LADD);
        compareZero(kind, negated ? IFNE : IFEQ, target);
      }
      case SIGN -> {
        pushOperands();
        code.visitInsn(LADD);
        compareZero(kind, negated ? IFGE : IFLT, target);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** INC and DEC keep their result and the old CF. */
  private boolean step(int pair, int kind, boolean negated, Label target) {
    switch (pair) {
      case BELOW -> {
        pushCarryInt(kind);
        code.visitJumpInsn(negated ? IFEQ : IFNE, target);
      }
      case EQUAL -> result(kind, negated ? IFNE : IFEQ, target);
      case SIGN -> result(kind, negated ? IFGE : IFLT, target);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The flags themselves. */
  private boolean raw(int pair, boolean negated, Label target) {
    int mask =
        switch (pair) {
          case OVERFLOW -> Flags.OF;
          case BELOW -> Flags.CF;
          case EQUAL -> Flags.ZF;
          case BELOW_OR_EQUAL -> Flags.CF | Flags.ZF;
          case SIGN -> Flags.SF;
          case PARITY -> Flags.PF;
          default -> 0;
        };
    if (mask == 0) {
      return false;
    }
    code.visitVarInsn(LLOAD, Locals.X);
    code.visitInsn(L2I);
    code.visitIntInsn(SIPUSH, mask);
    code.visitInsn(IAND);
    code.visitJumpInsn(negated ? IFEQ : IFNE, target);
    return true;
  }

  /** Shifts of 32 and 64 bits, whose count is below the width. */
  private boolean shift(int pair, int kind, boolean negated, Label target) {
    if ((kind & 3) < 2) {
      return false;
    }
    switch (pair) {
      case BELOW -> {
        pushShiftCarry(kind);
        code.visitJumpInsn(negated ? IFEQ : IFNE, target);
      }
      case EQUAL, SIGN -> {
        pushShiftOperand(kind);
        code.visitVarInsn(LLOAD, Locals.Y);
        code.visitInsn(L2I);
        code.visitInsn(shiftOpcode(kind));
        int jump = pair == EQUAL ? (negated ? IFNE : IFEQ) : (negated ? IFGE : IFLT);
        if ((kind & 3) == 3) {
          code.visitInsn(LCONST_0);
          code.visitInsn(LCMP);
        }
        code.visitJumpInsn(jump, target);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Pushes x as a long or an int. */
  private void pushShiftOperand(int kind) {
    code.visitVarInsn(LLOAD, Locals.X);
    if ((kind & 3) == 2) {
      code.visitInsn(L2I);
    }
  }

  private static int shiftOpcode(int kind) {
    boolean wide = (kind & 3) == 3;
    return switch (kind & ~3) {
      case Flags.SHL -> wide ? LSHL : ISHL;
      case Flags.SHR -> wide ? LUSHR : IUSHR;
      default -> wide ? LSHR : ISHR;
    };
  }

  /** Pushes the bit that was shifted out last as an int. */
  private void pushShiftCarry(int kind) {
    boolean wide = (kind & 3) == 3;
    boolean left = (kind & ~3) == Flags.SHL;
    pushShiftOperand(kind);
    if (left) {
      code.visitIntInsn(BIPUSH, wide ? 64 : 32);
    }
    code.visitVarInsn(LLOAD, Locals.Y);
    code.visitInsn(L2I);
    if (!left) {
      code.visitInsn(ICONST_1);
    }
    code.visitInsn(ISUB);
    code.visitInsn(left ? (wide ? LUSHR : IUSHR) : shiftOpcode(kind));
    if (wide) {
      code.visitInsn(L2I);
    }
    code.visitInsn(ICONST_1);
    code.visitInsn(IAND);
  }

  private void result(int kind, int jump, Label target) {
    code.visitVarInsn(LLOAD, Locals.X);
    compareZero(kind, jump, target);
  }

  /** Compares the long on the stack, as wide as the kind, with zero. */
  private void compareZero(int kind, int jump, Label target) {
    if ((kind & 3) == 3) {
      code.visitInsn(LCONST_0);
      code.visitInsn(LCMP);
    } else {
      narrowSigned(kind);
    }
    code.visitJumpInsn(jump, target);
  }

  private void compareSigned(int kind, int jump, Label target) {
    if ((kind & 3) == 3) {
      pushOperands();
      code.visitInsn(LCMP);
      code.visitJumpInsn(jump, target);
    } else {
      code.visitVarInsn(LLOAD, Locals.X);
      narrowSigned(kind);
      code.visitVarInsn(LLOAD, Locals.Y);
      narrowSigned(kind);
      code.visitJumpInsn(jump - IFEQ + IF_ICMPEQ, target);
    }
  }

  private void jumpByUnsignedOrder(int kind, int jump, Label target) {
    pushUnsignedOrder(kind);
    code.visitJumpInsn(jump, target);
  }

  private void narrowSigned(int kind) {
    code.visitInsn(L2I);
    switch (kind & 3) {
      case 0 -> code.visitInsn(I2B);
      case 1 -> code.visitInsn(I2S);
      default -> {
        // 32 bits: an int as it is.
      }
    }
  }

  private void narrowUnsigned(int kind) {
    code.visitInsn(L2I);
    if ((kind & 3) == 0) {
      code.visitIntInsn(SIPUSH, 0xff);
      code.visitInsn(IAND);
    } else {
      code.visitInsn(I2C);
    }
  }
}
