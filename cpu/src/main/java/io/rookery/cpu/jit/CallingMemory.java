package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.ir.Op;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Makes accesses as calls of {@link io.rookery.mmu.Access}, whose slow paths go on in the unit: for
 * code that meets memory without rights again and again.
 */
final class CallingMemory extends MemoryEmitter {
  private final long pages;

  CallingMemory(MethodVisitor code, OpEmitter ops, long pages) {
    super(code, ops);
    this.pages = pages;
  }

  @Override
  void prepare(long word, AccessPlan.@Nullable Test test, Label refused) {
    // The accessors test themselves.
  }

  @Override
  void emit(long word) {
    int op = Op.op(word);
    switch (op) {
      case Op.ALIGN16, Op.ALIGN32 -> {
        ops.address(word);
        ops.intConstant(op == Op.ALIGN16 ? 15 : 31);
        code.visitMethodInsn(INVOKESTATIC, Names.RUNTIME, "align", "(JI)V", false);
      }
      case Op.LOAD8, Op.LOAD16, Op.LOAD32, Op.LOAD64 -> load(word);
      case Op.LOAD8S -> loadSigned(word, I2B);
      case Op.LOAD16S -> loadSigned(word, I2S);
      case Op.LOAD32S -> loadSigned(word, NOP);
      case Op.LOAD128, Op.LOAD256 -> loadWide(word, AccessPlan.size(word) / 8);
      default -> {
        if (isLocked(op)) {
          locked(op, word);
        } else {
          store(word);
        }
      }
    }
  }

  private void access(String method, String operands, String result) {
    code.visitVarInsn(LLOAD, Locals.BASE);
    code.visitVarInsn(LLOAD, Locals.PERMS);
    code.visitLdcInsn(pages);
    code.visitVarInsn(ALOAD, Locals.SPACE);
    String descriptor = "(" + operands + "JJJL" + Names.ADDRESS_SPACE + ";)" + result;
    code.visitMethodInsn(INVOKESTATIC, Names.ACCESS, method, descriptor, false);
  }

  private void load(long word) {
    ops.address(word);
    access("load" + bits(word), "J", "J");
    ops.store(Op.d(word));
  }

  private void loadSigned(long word, int narrow) {
    ops.address(word);
    access("load" + bits(word), "J", "J");
    ops.signed(narrow);
    ops.store(Op.d(word));
  }

  /** All quadwords are loaded before a register changes. */
  private void loadWide(long word, int quads) {
    ops.address(word);
    code.visitVarInsn(LSTORE, Locals.ADDRESS);
    for (int i = 0; i < quads; i++) {
      code.visitVarInsn(LLOAD, Locals.ADDRESS);
      if (i > 0) {
        ops.constant(8L * i);
        code.visitInsn(LADD);
      }
      access("load64", "J", "J");
    }
    for (int i = quads - 1; i >= 0; i--) {
      ops.store(Op.d(word) + i);
    }
  }

  private void store(long word) {
    int quads = Math.max(AccessPlan.size(word) / 8, 1);
    ops.address(word);
    for (int i = 0; i < quads; i++) {
      ops.load(Op.d(word) + i);
    }
    access("store" + bits(word), "J".repeat(quads + 1), "V");
  }

  private void locked(int op, long word) {
    ops.load(Op.a(word));
    if (op == Op.CAS) {
      ops.load(Op.d(word));
    }
    ops.load(Op.b(word));
    ops.intConstant(Op.imm(word));
    access(locked(op), op == Op.CAS ? "JJJI" : "JJI", "J");
    ops.store(Op.d(word));
  }
}
