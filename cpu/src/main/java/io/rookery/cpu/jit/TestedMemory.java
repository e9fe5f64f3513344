package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.ir.Op;
import io.rookery.mmu.DirectAccess;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Tests page rights with branches of the unit's own, which leave it in front of the instruction
 * where they are lacking; the interpreter does the rest. So there are no calls in loops, which cost
 * C2 its registers (docs/design.md).
 */
final class TestedMemory extends MemoryEmitter {
  /** One look at a table of granules instead of two at one of pages. */
  private final boolean granules;

  /** Bytes of that table, for the window. */
  private final long limit;

  TestedMemory(MethodVisitor code, OpEmitter ops, Region region) {
    super(code, ops);
    granules = region.style().memory() == Memory.GRANULES;
    limit = region.pages() * (granules ? DirectAccess.GRANULES_PER_PAGE : 1);
  }

  @Override
  void prepare(long word, AccessPlan.@Nullable Test test, Label refused) {
    if (Op.op(word) == Op.ALIGN16 || Op.op(word) == Op.ALIGN32) {
      ops.address(word);
      ops.constant(Op.op(word) == Op.ALIGN16 ? 15 : 31);
      code.visitInsn(LAND);
      code.visitInsn(LCONST_0);
      code.visitInsn(LCMP);
      code.visitJumpInsn(IFNE, refused);
    } else if (test != null) {
      pushAddress(word);
      code.visitVarInsn(LSTORE, Locals.ADDRESS);
      test(test);
      code.visitJumpInsn(IFEQ, refused);
    }
  }

  /** Leaves zero on the stack where the right is lacking. */
  private void test(AccessPlan.Test test) {
    int span = test.last() - test.first();
    boolean beyond = granules && span > 0 && span < DirectAccess.GRANULE;
    pushAddress(test.first());
    if (span > 0 && !beyond) {
      pushAddress(test.last());
    }
    ops.intConstant(beyond ? test.right() * DirectAccess.AND_BEYOND : test.right());
    code.visitVarInsn(LLOAD, granules ? Locals.BASE : Locals.PERMS);
    code.visitLdcInsn(limit);
    code.visitMethodInsn(
        INVOKESTATIC,
        Names.DIRECT,
        granules ? "reaches" : "granted",
        "(" + (span > 0 && !beyond ? "JJ" : "J") + "IJJ)I",
        false);
  }

  private void pushAddress(int offset) {
    code.visitVarInsn(LLOAD, Locals.ADDRESS);
    if (offset != 0) {
      ops.constant(offset);
      code.visitInsn(LADD);
    }
  }

  private void pushAddress(long word) {
    if (isLocked(Op.op(word))) {
      ops.load(Op.a(word));
    } else {
      ops.address(word);
    }
  }

  private void pushHost(long word, int quad) {
    code.visitVarInsn(LLOAD, Locals.BASE);
    pushAddress(word);
    code.visitInsn(LADD);
    if (quad > 0) {
      ops.constant(8L * quad);
      code.visitInsn(LADD);
    }
  }

  @Override
  void emit(long word) {
    int op = Op.op(word);
    if (op == Op.ALIGN16 || op == Op.ALIGN32) {
      return; // tested
    }
    if (isLocked(op)) {
      locked(op, word);
    } else if (isLoad(op)) {
      load(op, word);
    } else {
      store(word);
    }
  }

  /** All quadwords are loaded before a register changes. */
  private void load(int op, long word) {
    int quads = Math.max(AccessPlan.size(word) / 8, 1);
    for (int i = 0; i < quads; i++) {
      pushHost(word, i);
      direct("load" + Math.min(bits(word), 64), "(J)J");
    }
    switch (op) {
      case Op.LOAD8S -> ops.signed(I2B);
      case Op.LOAD16S -> ops.signed(I2S);
      case Op.LOAD32S -> ops.signed(NOP);
      default -> {
        // Zero-extended.
      }
    }
    for (int i = quads - 1; i >= 0; i--) {
      ops.store(Op.d(word) + i);
    }
  }

  private void store(long word) {
    int quads = Math.max(AccessPlan.size(word) / 8, 1);
    for (int i = 0; i < quads; i++) {
      pushHost(word, i);
      ops.load(Op.d(word) + i);
      direct("store" + Math.min(bits(word), 64), "(JJ)V");
    }
  }

  private void locked(int op, long word) {
    pushHost(word, 0);
    if (op == Op.CAS) {
      ops.load(Op.d(word));
    }
    ops.load(Op.b(word));
    ops.intConstant(Op.imm(word));
    String descriptor = op == Op.CAS ? "(JJJI)J" : "(JJI)J";
    code.visitMethodInsn(INVOKESTATIC, Names.ATOMICS, locked(op), descriptor, false);
    ops.store(Op.d(word));
  }

  private void direct(String method, String descriptor) {
    code.visitMethodInsn(INVOKESTATIC, Names.DIRECT, method, descriptor, false);
  }
}
