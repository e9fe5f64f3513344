package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.cpu.jit.FloatRule.Known;
import java.util.Arrays;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Emits the usual case of floating-point arithmetic ({@link FloatRule}); the unit is left in front
 * of instructions that are another case.
 */
final class FloatEmitter {
  private final MethodVisitor code;
  private final OpEmitter ops;
  private final Floats style;

  /** What the registers hold, as far as the block has shown. */
  private final Known[] known = new Known[256];

  private boolean modeTested;

  FloatEmitter(MethodVisitor code, OpEmitter ops, Floats style) {
    this.style = style;
    this.code = code;
    this.ops = ops;
  }

  /** Nothing is known: a block starts, or the MXCSR or registers may have changed. */
  void forget() {
    Arrays.fill(known, Known.NOTHING);
    modeTested = false;
  }

  /** Emits the helper call {@code word} that has {@code rule}. */
  void emit(long word, FloatRule rule, Label refused) {
    if (rule.rounds() && !modeTested) {
      code.visitVarInsn(ILOAD, Locals.FLOATS);
      code.visitJumpInsn(IFNE, refused);
      modeTested = true;
    }
    boolean two = Op.op(word) == Op.H2;
    int a = Op.a(word);
    int b = Op.b(word);
    if (rule.operand() != null) {
      test(rule, rule.operand(), a, refused);
      if (two && a != b) {
        test(rule, rule.operand(), b, refused);
      }
    }
    ops.load(a);
    if (two) {
      ops.load(b);
    }
    call(rule, rule.method(), two ? "(JJ)J" : "(J)J");
    boolean exact = rule.rounds() && style == Floats.EXACT;
    if (rule.tested() || exact) {
      code.visitVarInsn(LSTORE, Locals.RESULT);
      if (rule.tested()) {
        testResult(word, rule, "IsUsual", refused);
      }
      if (exact) {
        testResult(word, rule, "IsExact", refused);
      }
      code.visitVarInsn(LLOAD, Locals.RESULT);
    }
    ops.store(Op.d(word));
  }

  private void test(FloatRule rule, String method, int register, Label refused) {
    if (rule.takes() != Known.NOTHING && known[register] == rule.takes()) {
      return;
    }
    ops.load(register);
    call(rule, method, "(J)Z");
    code.visitJumpInsn(IFEQ, refused);
    if (rule.takes() != Known.NOTHING && register != Reg.ZERO) {
      known[register] = rule.takes();
    }
  }

  private void testResult(long word, FloatRule rule, String suffix, Label refused) {
    boolean two = Op.op(word) == Op.H2;
    code.visitVarInsn(LLOAD, Locals.RESULT);
    ops.load(Op.a(word));
    if (two) {
      ops.load(Op.b(word));
    }
    call(rule, rule.method() + suffix, two ? "(JJJ)Z" : "(JJ)Z");
    code.visitJumpInsn(IFEQ, refused);
  }

  private void call(FloatRule rule, String method, String descriptor) {
    code.visitMethodInsn(INVOKESTATIC, rule.owner(), method, descriptor, false);
  }

  /** Notes what {@code word} has done. */
  void follow(long word) {
    if (Op.op(word) == Op.MOV) {
      known[Op.d(word)] = known[Op.a(word)];
      return;
    }
    OpInfo.visit(
        word,
        (register, written) -> {
          if (written) {
            known[register] = Known.NOTHING;
          }
        });
    FloatRule rule = FloatRule.of(word);
    if (rule != null) {
      known[Op.d(word)] = rule.gives();
    }
  }
}
