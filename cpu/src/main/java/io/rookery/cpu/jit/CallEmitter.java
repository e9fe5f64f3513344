package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Emits guest calls, which are Java calls of other units, and system calls. */
final class CallEmitter {
  private final MethodVisitor code;
  private final Region region;
  private final OpEmitter ops;
  private final StateEmitter state;
  private final RegisterFlow registers;
  private final List<Long> callees = new ArrayList<>();
  private final Label stored = new Label();
  private boolean calls;

  CallEmitter(
      MethodVisitor code,
      Region region,
      OpEmitter ops,
      StateEmitter state,
      RegisterFlow registers) {
    this.code = code;
    this.region = region;
    this.ops = ops;
    this.state = state;
    this.registers = registers;
  }

  /** Guest addresses of the functions that are called, for {@link Unit#link}. */
  List<Long> callees() {
    return callees;
  }

  void systemCall(long word, long next) {
    state.storeState();
    state.setRip(next);
    code.visitVarInsn(ALOAD, Locals.CPU);
    ops.intConstant(Op.imm(word));
    runtime("systemCall", "(L" + Names.CPU_STATE + ";I)I");
    code.visitVarInsn(ISTORE, Locals.STATUS);
    code.visitVarInsn(ILOAD, Locals.STATUS);
    code.visitJumpInsn(IFNE, leave());
    state.loadState(registers.liveAt(next));
  }

  void call(long target, long next) {
    state.storeState();
    state.setRip(target);
    int callee = callees.indexOf(target);
    if (callee < 0) {
      callee = callees.size();
      callees.add(target);
    }
    code.visitVarInsn(ALOAD, Locals.THIS);
    code.visitFieldInsn(GETFIELD, Names.CODE, "callee" + callee, "L" + Names.BLOCK + ";");
    invokeCallee("L" + Names.BLOCK + ";", next, () -> ops.intConstant((int) target));
  }

  void callIndirectly(int register, long next) {
    state.storeState();
    ops.load(register);
    code.visitVarInsn(LSTORE, Locals.TARGET);
    state.storeLong("rip", Locals.TARGET);
    code.visitVarInsn(LLOAD, Locals.TARGET);
    invokeCallee(
        "J",
        next,
        () -> {
          code.visitVarInsn(LLOAD, Locals.TARGET);
          code.visitInsn(L2I);
        });
  }

  /**
   * Calls the unit of the callee on the stack, and goes on when it has returned to {@code next}.
   */
  private void invokeCallee(String descriptor, long next, Runnable pushEntry) {
    code.visitVarInsn(ALOAD, Locals.THIS);
    code.visitVarInsn(ILOAD, Locals.DEPTH);
    runtime("callee", "(" + descriptor + "L" + Names.UNIT + ";I)L" + Names.UNIT + ";");
    code.visitVarInsn(ALOAD, Locals.CPU);
    pushEntry.run();
    code.visitVarInsn(ILOAD, Locals.DEPTH);
    code.visitInsn(ICONST_1);
    code.visitInsn(IADD);
    code.visitMethodInsn(INVOKEVIRTUAL, Names.UNIT, "run", UnitEmitter.RUN, false);
    code.visitVarInsn(ISTORE, Locals.STATUS);
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitVarInsn(ILOAD, Locals.STATUS);
    code.visitLdcInsn(next);
    ops.load(Reg.RSP);
    code.visitLdcInsn(region.returnAddressBytes());
    code.visitInsn(LADD);
    code.visitVarInsn(ALOAD, Locals.THIS);
    code.visitVarInsn(ILOAD, Locals.DEPTH);
    runtime("returned", "(L" + Names.CPU_STATE + ";IJJL" + Names.UNIT + ";I)I");
    code.visitVarInsn(ISTORE, Locals.STATUS);
    code.visitVarInsn(ILOAD, Locals.STATUS);
    code.visitJumpInsn(IFGE, leave());
    state.loadState(registers.liveAt(next));
  }

  private void runtime(String method, String descriptor) {
    code.visitMethodInsn(INVOKESTATIC, Names.RUNTIME, method, descriptor, false);
  }

  /** Leaves with the callee's status, the state being stored. */
  private Label leave() {
    calls = true;
    return stored;
  }

  /** Emits where the unit is left for what a callee answered. */
  void epilogue() {
    if (calls) {
      code.visitLabel(stored);
      code.visitFrame(F_SAME, 0, null, 0, null);
      code.visitVarInsn(ILOAD, Locals.STATUS);
      code.visitInsn(IRETURN);
    }
  }

  /** Emits the method that fills the fields with the callees' blocks. */
  void link(ClassWriter writer) {
    if (callees.isEmpty()) {
      return;
    }
    MethodVisitor link = writer.visitMethod(0, "link", "([L" + Names.BLOCK + ";)V", null, null);
    link.visitCode();
    for (int i = 0; i < callees.size(); i++) {
      writer.visitField(0, "callee" + i, "L" + Names.BLOCK + ";", null, null).visitEnd();
      link.visitVarInsn(ALOAD, 0);
      link.visitVarInsn(ALOAD, 1);
      link.visitIntInsn(SIPUSH, i);
      link.visitInsn(AALOAD);
      link.visitFieldInsn(PUTFIELD, Names.CODE, "callee" + i, "L" + Names.BLOCK + ";");
    }
    link.visitInsn(RETURN);
    link.visitMaxs(3, 2);
    link.visitEnd();
  }
}
