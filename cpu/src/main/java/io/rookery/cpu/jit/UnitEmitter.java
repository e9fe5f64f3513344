package io.rookery.cpu.jit;

import static org.objectweb.asm.Opcodes.*;

import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Emits the class of one unit. All locals are initialised on entry and have the same types
 * everywhere, so that every stack map frame equals the first.
 */
final class UnitEmitter {
  static final String RUN = "(L" + Names.CPU_STATE + ";II)I";
  private static final int MAX_STACK = 20;

  private final Region region;
  private final Locals locals;
  private final AccessPlan plan;
  private final FlagFlow flags;
  private final RegisterFlow registers;
  private final MethodVisitor code;
  private final ClassWriter writer;
  private final ConditionEmitter conditions;
  private final OpEmitter ops;
  private final StateEmitter state;
  private final CallEmitter calls;
  private final FloatEmitter floats;
  private final Label[] blockLabels;
  private final BitSet polled = new BitSet();
  private final Map<Exit, Label> exits = new LinkedHashMap<>();
  private final Map<Exit, Label> refusals = new LinkedHashMap<>();
  private final Label leave = new Label();
  private final Label leaveStored = new Label();
  private final Label raise = new Label();
  private final Label handler = new Label();
  private boolean leaves;
  private boolean raises;
  private @Nullable Label coveredFrom;
  private boolean covers;
  private int size;

  /** A way out of the unit. */
  private record Exit(int status, long target, boolean unusualFloat, boolean flagsStored) {
    /** What all ways out do that differ in nothing but the target. */
    Exit withoutTarget() {
      return new Exit(status, 0, unusualFloat, flagsStored);
    }

    // By hand: what records generate is slow until HotSpot has compiled it.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Exit exit
          && exit.status == status
          && exit.target == target
          && exit.unusualFloat == unusualFloat
          && exit.flagsStored == flagsStored;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(target) * 31 + status;
    }
  }

  private UnitEmitter(Region region) {
    this.region = region;
    plan = new AccessPlan(region);
    locals = new Locals(region);
    flags = new FlagFlow(region, plan);
    registers = new RegisterFlow(region);
    writer = new ClassWriter(0);
    writer.visit(V25, ACC_FINAL | ACC_SUPER, Names.CODE, null, Names.UNIT, null);
    constructor();
    code = writer.visitMethod(0, "run", RUN, null, null);
    conditions = new ConditionEmitter(code);
    ops = new OpEmitter(code, locals, conditions, region);
    state = new StateEmitter(code, region, locals, ops, flags);
    calls = new CallEmitter(code, region, ops, state, registers);
    floats = new FloatEmitter(code, ops, region.style().floats());
    blockLabels = new Label[region.blocks().size()];
    for (int i = 0; i < blockLabels.length; i++) {
      blockLabels[i] = new Label();
    }
  }

  /**
   * An emitted class.
   *
   * @param bytes the class file
   * @param size length of {@code run} in bytes
   * @param callees guest addresses of the functions it calls, for {@link Unit#link}
   */
  record Code(byte[] bytes, int size, List<Long> callees) {}

  /** Emits the code of {@code region}; null if its method has {@code limit} bytes or more. */
  static @Nullable Code emit(Region region, int limit) {
    UnitEmitter emitter = new UnitEmitter(region);
    emitter.method();
    return emitter.size < limit
        ? new Code(emitter.writer.toByteArray(), emitter.size, emitter.calls.callees())
        : null;
  }

  private void constructor() {
    MethodVisitor init = writer.visitMethod(0, "<init>", "()V", null, null);
    init.visitCode();
    init.visitVarInsn(ALOAD, 0);
    init.visitMethodInsn(INVOKESPECIAL, Names.UNIT, "<init>", "()V", false);
    init.visitInsn(RETURN);
    init.visitMaxs(1, 1);
    init.visitEnd();
  }

  private void method() {
    code.visitCode();
    prologue();
    findPolls();
    List<GuestBlock> blocks = region.blocks();
    for (int i = 0; i < blocks.size(); i++) {
      block(i);
    }
    uncover();
    exits();
    epilogues();
    Label end = new Label();
    code.visitLabel(end);
    size = end.getOffset();
    code.visitMaxs(MAX_STACK, locals.count());
    code.visitEnd();
    calls.link(writer);
  }

  /**
   * A block is polled if a jump goes backwards to it; all are where stores may hit the unit's own
   * code.
   */
  private void findPolls() {
    for (int i = 0; i < region.blocks().size(); i++) {
      for (long successor : region.blocks().get(i).successors()) {
        int to = region.index(successor);
        if (to >= 0 && (to <= i || region.writable())) {
          polled.set(to);
        }
      }
    }
  }

  // ---------------------------------------------------------------- entry

  private void prologue() {
    Label work = new Label();
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitJumpInsn(IFNONNULL, work);
    code.visitInsn(ICONST_0);
    code.visitInsn(IRETURN);
    code.visitLabel(work);
    code.visitFrame(F_SAME, 0, null, 0, null);
    state.field("r", "[J");
    code.visitVarInsn(ASTORE, Locals.FILE);
    state.field("space", "L" + Names.ADDRESS_SPACE + ";");
    code.visitVarInsn(ASTORE, Locals.SPACE);
    state.longField("base", Locals.BASE);
    state.longField("perms", Locals.PERMS);
    state.zero(Locals.TARGET);
    code.visitInsn(ICONST_0);
    code.visitVarInsn(ISTORE, Locals.STATUS);
    if (region.entries().stream().allMatch(entry -> flags.isStoredAtStart(region.index(entry)))) {
      code.visitInsn(ICONST_0);
      code.visitVarInsn(ISTORE, Locals.KIND);
      state.zero(Locals.X);
      state.zero(Locals.Y);
    } else {
      state.loadFlags();
    }
    state.zero(Locals.ADDRESS);
    state.zero(Locals.RESULT);
    code.visitInsn(ICONST_0);
    code.visitVarInsn(ISTORE, Locals.FLOATS);
    state.loadFloats();
    BitSet live = registers.liveAtEntries();
    state.loadRegisters(live);
    BitSet others = (BitSet) locals.used().clone();
    others.andNot(live);
    others.or(locals.temporaries());
    others.stream().forEach(register -> state.zero(locals.slot(register)));
    enter();
  }

  private void enter() {
    List<Long> entries = region.entries();
    int[] keys = entries.stream().mapToInt(Long::intValue).sorted().toArray();
    Label[] targets = new Label[keys.length];
    for (long entry : entries) {
      targets[Arrays.binarySearch(keys, (int) entry)] = blockLabels[region.index(entry)];
    }
    Label none = new Label();
    code.visitVarInsn(ILOAD, Locals.ENTRY);
    code.visitLookupSwitchInsn(none, keys, targets);
    code.visitLabel(none);
    Object[] types = locals.types();
    code.visitFrame(F_FULL, types.length, types, 0, new Object[0]);
    code.visitVarInsn(ILOAD, Locals.ENTRY);
    runtime("noEntry", "(I)I");
    code.visitInsn(IRETURN);
  }

  // ---------------------------------------------------------------- blocks

  private void block(int index) {
    GuestBlock block = region.blocks().get(index);
    code.visitLabel(blockLabels[index]);
    code.visitFrame(F_SAME, 0, null, 0, null);
    state.begin(index);
    if (polled.get(index)) {
      poll(block.rip());
    }
    long[] longs = block.code();
    BitSet dirty = new BitSet();
    floats.forget();
    int kind = flags.kindAtStart(index);
    int known = -1;
    boolean stored = false;
    for (int at = 0; at < longs.length; at += Op.length(Op.op(longs[at]))) {
      long word = longs[at];
      int info = OpInfo.of(Op.op(word));
      int origin = block.origin()[at];
      if (stored && at > 0 && origin != block.origin()[at - 1]) {
        flush(dirty);
        poll(block.rip() + origin);
        stored = false;
      }
      if (Op.op(word) >= Op.EXEC || plan.mayLeave(index, at, word)) {
        flush(dirty);
      }
      if (origin != known && plan.mayThrow(word)) {
        code.visitLdcInsn(block.rip() + origin);
        code.visitVarInsn(LSTORE, Locals.TARGET);
        known = origin;
      }
      FloatRule rule = region.style().floats() == Floats.CALLS ? null : FloatRule.of(word);
      if (plan.isTested(index, at, word)) {
        Label refused = exit(Unit.REFUSED, block.rip() + origin);
        ops.memory().prepare(word, plan.test(index, at), refused);
      }
      stored |= region.writable() && (info & OpInfo.STORES) != 0;
      if (Op.op(word) == Op.EXEC) {
        execute(word, block.rip() + origin, registers.liveBehind(index, at));
        floats.forget();
      } else if (Op.op(word) >= Op.JMP) {
        terminator(index, block, at, kind);
      } else if (rule != null) {
        floats.emit(word, rule, unusualFloat(block.rip() + origin));
      } else if (!flags.isDead(index, at)) {
        long extra = at + 1 < longs.length ? longs[at + 1] : 0;
        if (plan.mayThrow(word)) {
          state.needFlags(); // the handler stores them
          cover();
        }
        if ((info & OpInfo.FLAGS_IN) != 0) {
          state.needFlags();
        }
        ops.emit(word, extra, kind);
        if ((info & OpInfo.FLAGS_OUT) != 0) {
          state.flagsSet();
        }
      }
      if (Op.op(word) < Op.EXEC && !flags.isDead(index, at)) {
        OpInfo.visit(
            word, (register, written) -> dirty.set(register, dirty.get(register) || written));
        dirty.andNot(locals.temporaries());
        floats.follow(word);
      }
      kind = FlagFlow.kindAfter(word, kind);
    }
  }

  /**
   * Brings the register file up to date, so that neither ways out nor faults have anything to
   * store.
   */
  private void flush(BitSet dirty) {
    state.storeRegisters(dirty);
    dirty.clear();
  }

  /** Leaves for {@code rip} when something wants attention. */
  private void poll(long rip) {
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitFieldInsn(GETFIELD, Names.CPU_STATE, "attention", "I");
    code.visitJumpInsn(IFNE, exit(Unit.ATTENTION, rip));
    if (region.writable()) {
      code.visitVarInsn(ALOAD, Locals.THIS);
      code.visitFieldInsn(GETFIELD, Names.UNIT, "valid", "Z");
      code.visitJumpInsn(IFEQ, exit(Unit.GO_ON, rip));
    }
  }

  private Label exit(int status, long target) {
    return exits.computeIfAbsent(
        new Exit(status, target, false, !state.flagsInLocals()), key -> new Label());
  }

  private Label unusualFloat(long rip) {
    return exits.computeIfAbsent(
        new Exit(Unit.REFUSED, rip, true, !state.flagsInLocals()), key -> new Label());
  }

  /** The label where guest address {@code rip} goes on: a block of the unit, or a way out. */
  private Label target(long rip) {
    int index = region.index(rip);
    return index >= 0 ? blockLabels[index] : exit(Unit.GO_ON, rip);
  }

  private void go(int from, long rip) {
    int index = region.index(rip);
    if (index < 0 || index != from + 1) {
      code.visitJumpInsn(GOTO, target(rip));
    }
  }

  /** Emits a jump to {@code label} under a condition, or under its opposite. */
  private interface ConditionalJump {
    void emit(boolean negated, Label label);
  }

  /**
   * Goes to {@code taken} under a condition, else to {@code other}. Conditional jumps go forwards:
   * HotSpot puts a safepoint in front of one that goes backwards, and that keeps the result of the
   * comparison as a number.
   */
  private void branch(int index, long taken, long other, ConditionalJump jump) {
    boolean back = isBack(index, taken);
    if (back && isBack(index, other)) {
      Label next = new Label();
      jump.emit(true, next);
      code.visitJumpInsn(GOTO, target(taken));
      here(next);
      go(index, other);
    } else if (back || region.index(taken) == index + 1) {
      jump.emit(true, target(other));
      go(index, taken);
    } else {
      jump.emit(false, target(taken));
      go(index, other);
    }
  }

  private boolean isBack(int index, long rip) {
    int to = region.index(rip);
    return to >= 0 && to <= index;
  }

  private void terminator(int index, GuestBlock block, int at, int kind) {
    long[] longs = block.code();
    long word = longs[at];
    switch (Op.op(word)) {
      case Op.JMP -> {
        state.needFlagsAt(longs[at + 1]);
        go(index, longs[at + 1]);
      }
      case Op.JCC -> {
        state.needFlags();
        branch(
            index,
            longs[at + 1],
            longs[at + 2],
            (negated, label) -> conditions.jumpIf(Op.d(word) ^ (negated ? 1 : 0), kind, label));
      }
      case Op.JNZ -> {
        state.needFlagsAt(longs[at + 1], longs[at + 2]);
        branch(
            index,
            longs[at + 1],
            longs[at + 2],
            (negated, label) -> {
              ops.load(Op.a(word));
              code.visitInsn(LCONST_0);
              code.visitInsn(LCMP);
              code.visitJumpInsn(negated ? IFEQ : IFNE, label);
            });
      }
      case Op.CALL -> {
        uncover();
        calls.call(longs[at + 1], longs[at + 2]);
        state.needFlagsAt(longs[at + 2]);
        go(index, longs[at + 2]);
      }
      case Op.CALLR -> {
        uncover();
        calls.callIndirectly(Op.a(word), longs[at + 1]);
        state.needFlagsAt(longs[at + 1]);
        go(index, longs[at + 1]);
      }
      case Op.JMPR, Op.RET -> {
        ops.load(Op.a(word));
        code.visitVarInsn(LSTORE, Locals.TARGET);
        state.needFlagsAt(block.successors());
        jumpWithin(index, block.successors());
        code.visitInsn(ICONST_0);
        code.visitVarInsn(ISTORE, Locals.STATUS);
        code.visitJumpInsn(GOTO, leave(!state.flagsInLocals()));
      }
      case Op.SYSCALL -> {
        uncover();
        calls.systemCall(word, longs[at + 1]);
        poll(longs[at + 1]);
        state.needFlagsAt(longs[at + 1]);
        go(index, longs[at + 1]);
      }
      case Op.TRAP -> {
        raises = true;
        state.needFlags();
        code.visitLdcInsn(longs[at + 1]);
        code.visitVarInsn(LSTORE, Locals.TARGET);
        ops.intConstant(Op.imm(word));
        code.visitVarInsn(ISTORE, Locals.STATUS);
        code.visitJumpInsn(GOTO, raise);
      }
      default -> throw new IllegalArgumentException("micro-op " + Op.op(word));
    }
  }

  /**
   * Goes to those of {@code targets} that are in the unit, by the address in TARGET. Backwards by
   * way of a GOTO: HotSpot's interpreter counts no loops that a switch closes, and a thread that is
   * in one before its unit is compiled would stay there.
   */
  private void jumpWithin(int index, long[] targets) {
    int[] keys =
        Arrays.stream(targets)
            .filter(target -> region.index(target) >= 0)
            .mapToInt(target -> (int) target)
            .sorted()
            .distinct()
            .toArray();
    if (keys.length == 0) {
      return;
    }
    Label[] labels = new Label[keys.length];
    Map<Label, Label> back = new LinkedHashMap<>();
    for (long target : targets) {
      if (region.index(target) >= 0) {
        Label to = blockLabels[region.index(target)];
        labels[Arrays.binarySearch(keys, (int) target)] =
            isBack(index, target) ? back.computeIfAbsent(to, key -> new Label()) : to;
      }
    }
    Label out = new Label();
    code.visitVarInsn(LLOAD, Locals.TARGET);
    code.visitIntInsn(BIPUSH, 32);
    code.visitInsn(LUSHR);
    code.visitLdcInsn(region.origin() >>> 32);
    code.visitInsn(LCMP);
    code.visitJumpInsn(IFNE, out);
    code.visitVarInsn(LLOAD, Locals.TARGET);
    code.visitInsn(L2I);
    code.visitLookupSwitchInsn(out, keys, labels);
    back.forEach(
        (to, by) -> {
          here(by);
          code.visitJumpInsn(GOTO, to);
        });
    here(out);
  }

  // ---------------------------------------------------------------- helpers on the whole state

  private void execute(long word, long rip, BitSet live) {
    BitSet operands = new BitSet();
    for (int i = 0; i < 4; i++) {
      operands.set(Op.d(word) + i);
      operands.set(Op.a(word) + i);
      operands.set(Op.b(word) + i);
    }
    operands.and(locals.temporaries());
    state.storeState();
    state.storeRegisters(operands);
    state.setRip(rip);
    uncover();
    code.visitVarInsn(ALOAD, Locals.CPU);
    ops.intConstant(Op.d(word));
    ops.intConstant(Op.a(word));
    ops.intConstant(Op.b(word));
    ops.intConstant(Op.imm(word) >> 12);
    Helper helper = Helper.of(OpInfo.helper(word));
    code.visitMethodInsn(
        INVOKESTATIC, helper.owner(), helper.methodName(), helper.descriptor(), false);
    state.loadState(live);
    state.loadRegisters(operands);
  }

  private void runtime(String method, String descriptor) {
    code.visitMethodInsn(INVOKESTATIC, Names.RUNTIME, method, descriptor, false);
  }

  /** Faults from here to {@link #uncover} store the state. */
  private void cover() {
    if (coveredFrom == null) {
      coveredFrom = new Label();
      code.visitLabel(coveredFrom);
    }
  }

  /** Faults from here on find the state stored already. */
  private void uncover() {
    if (coveredFrom == null) {
      return;
    }
    Label end = new Label();
    code.visitLabel(end);
    if (end.getOffset() > coveredFrom.getOffset()) {
      code.visitTryCatchBlock(coveredFrom, end, handler, Names.GUEST_FAULT);
      covers = true;
    }
    coveredFrom = null;
  }

  // ---------------------------------------------------------------- exits

  private void exits() {
    exits.forEach(
        (exit, label) -> {
          here(label);
          code.visitLdcInsn(exit.target());
          code.visitVarInsn(LSTORE, Locals.TARGET);
          if (exit.status() == Unit.REFUSED) {
            code.visitJumpInsn(
                GOTO, refusals.computeIfAbsent(exit.withoutTarget(), key -> new Label()));
          } else {
            leaveWith(exit.status(), exit.flagsStored());
          }
        });
    refusals.forEach(this::refuse);
  }

  /** Leaves in front of the instruction at TARGET. */
  private void refuse(Exit refusal, Label label) {
    here(label);
    // For RookeryEngine: a call here would cost registers everywhere else.
    code.visitVarInsn(ALOAD, Locals.CPU);
    if (refusal.unusualFloat()) {
      code.visitLdcInsn(Unit.UNUSUAL_FLOAT);
    } else {
      code.visitVarInsn(LLOAD, Locals.ADDRESS);
    }
    code.visitFieldInsn(PUTFIELD, Names.CPU_STATE, "refusedAddress", "J");
    code.visitVarInsn(ALOAD, Locals.CPU);
    code.visitVarInsn(ALOAD, Locals.THIS);
    code.visitFieldInsn(PUTFIELD, Names.CPU_STATE, "refusedBy", "Ljava/lang/Object;");
    leaveWith(Unit.REFUSED, refusal.flagsStored());
  }

  private void leaveWith(int status, boolean flagsStored) {
    code.visitInsn(ICONST_0 + status);
    code.visitVarInsn(ISTORE, Locals.STATUS);
    code.visitJumpInsn(GOTO, leave(flagsStored));
  }

  /** Where the unit is left at the address in TARGET with the status in STATUS. */
  private Label leave(boolean flagsStored) {
    leaves |= !flagsStored;
    return flagsStored ? leaveStored : leave;
  }

  private void here(Label label) {
    code.visitLabel(label);
    code.visitFrame(F_SAME, 0, null, 0, null);
  }

  private void epilogues() {
    if (leaves) {
      here(leave);
      state.storeFlags();
    }
    here(leaveStored);
    state.storeLong("rip", Locals.TARGET);
    code.visitVarInsn(ILOAD, Locals.STATUS);
    code.visitInsn(IRETURN);
    if (raises) {
      here(raise);
      state.storeFlags();
      state.storeLong("rip", Locals.TARGET);
      code.visitVarInsn(ILOAD, Locals.STATUS);
      runtime("trap", "(I)L" + Names.CPU_FAULT + ";");
      code.visitInsn(ATHROW);
    }
    calls.epilogue();
    if (covers) {
      faultHandler();
    }
  }

  private void faultHandler() {
    code.visitLabel(handler);
    code.visitFrame(F_SAME1, 0, null, 1, new Object[] {Names.GUEST_FAULT});
    state.storeFlags();
    state.storeLong("rip", Locals.TARGET);
    code.visitInsn(ATHROW);
  }
}
