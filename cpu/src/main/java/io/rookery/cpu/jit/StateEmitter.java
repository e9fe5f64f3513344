package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import java.util.BitSet;
import org.objectweb.asm.MethodVisitor;

/** Emits the passage of registers and flags between the CpuState and a unit's locals. */
final class StateEmitter {
  /** Where the flags are, as far as emitted. */
  private enum FlagsAt {
    /** In the CpuState; the locals are stale. */
    STATE,
    BOTH,
    LOCALS
  }

  private final MethodVisitor code;
  private final Region region;
  private final Locals locals;
  private final OpEmitter ops;
  private final FlagFlow flow;
  private FlagsAt flagsAt = FlagsAt.STATE;

  StateEmitter(MethodVisitor code, Region region, Locals locals, OpEmitter ops, FlagFlow flow) {
    this.code = code;
    this.region = region;
    this.locals = locals;
    this.ops = ops;
    this.flow = flow;
  }

  /** A block starts. */
  void begin(int index) {
    flagsAt = flow.isStoredAtStart(index) ? FlagsAt.STATE : FlagsAt.LOCALS;
  }

  /** Flags were set. */
  void flagsSet() {
    flagsAt = FlagsAt.LOCALS;
  }

  void field(String name, String descriptor) {
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitFieldInsn(GETFIELD, Names.CPU_STATE, name, descriptor);
  }

  void longField(String name, int slot) {
    field(name, "J");
    code.visitVarInsn(LSTORE, slot);
  }

  void zero(int slot) {
    code.visitInsn(LCONST_0);
    code.visitVarInsn(LSTORE, slot);
  }

  void loadFlags() {
    field("flagsKind", "I");
    code.visitVarInsn(ISTORE, Locals.KIND);
    longField("flagsX", Locals.X);
    longField("flagsY", Locals.Y);
  }

  void storeFlags() {
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitVarInsn(ILOAD, Locals.KIND);
    code.visitFieldInsn(PUTFIELD, Names.CPU_STATE, "flagsKind", "I");
    storeLong("flagsX", Locals.X);
    storeLong("flagsY", Locals.Y);
  }

  void storeLong(String field, int slot) {
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitVarInsn(LLOAD, slot);
    code.visitFieldInsn(PUTFIELD, Names.CPU_STATE, field, "J");
  }

  void loadRegisters(BitSet registers) {
    registers.stream()
        .forEach(
            register -> {
              code.visitVarInsn(ALOAD, Locals.FILE);
              ops.intConstant(register);
              code.visitInsn(LALOAD);
              ops.store(register);
            });
  }

  void storeRegisters(BitSet registers) {
    registers.stream()
        .forEach(
            register -> {
              code.visitVarInsn(ALOAD, Locals.FILE);
              ops.intConstant(register);
              ops.load(register);
              code.visitInsn(LASTORE);
            });
  }

  boolean flagsInLocals() {
    return flagsAt == FlagsAt.LOCALS;
  }

  /** The registers are in their file whenever this is called. */
  void storeState() {
    if (flagsInLocals()) {
      storeFlags();
    }
  }

  /** The locals hold the flags from here on. */
  void needFlags() {
    if (flagsAt == FlagsAt.STATE) {
      loadFlags();
      flagsAt = FlagsAt.BOTH;
    }
  }

  /** As {@link #needFlags} if one of {@code targets} is a block that takes them from the locals. */
  void needFlagsAt(long... targets) {
    for (long target : targets) {
      int index = region.index(target);
      if (index >= 0 && !flow.isStoredAtStart(index)) {
        needFlags();
      }
    }
  }

  void loadFloats() {
    Floats style = region.style().floats();
    if (locals.floatsUsed() && style != Floats.CALLS) {
      code.visitVarInsn(ALOAD, Locals.CPU);
      String test = style == Floats.EXACT ? "unusualControl" : "unusualRounding";
      code.visitMethodInsn(
          INVOKESTATIC, Names.RUNTIME, test, "(L" + Names.CPU_STATE + ";)I", false);
      code.visitVarInsn(ISTORE, Locals.FLOATS);
    }
  }

  void loadState(BitSet live) {
    loadRegisters(live);
    loadFloats();
    flagsAt = FlagsAt.STATE;
  }

  void setRip(long rip) {
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitLdcInsn(rip);
    code.visitFieldInsn(PUTFIELD, Names.CPU_STATE, "rip", "J");
  }
}
