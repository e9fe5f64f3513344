package io.rookery.cpu.diff;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryFault;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs single instructions in an engine. */
final class EngineCpu implements Machine, AutoCloseable {
  /** UD2, behind the instruction and at its branch target. */
  private static final byte[] STOP = {0x0f, 0x0b};

  /** Where a jump to the instruction is: engines count entries by jumps. */
  private static final int ENTRY = EncodingForms.BRANCH_DISTANCE + 16;

  private static final byte[] JUMP = {(byte) 0xeb, -ENTRY - 2};

  private static final long PAGE = 4096;

  /** Linux maps nothing there and says that it forbids the access. */
  private static final long LAST_PAGE = 0x7fff_ffff_f000L;

  // Bits of a page fault's error code.
  private static final int PRESENT = 1;
  private static final int WRITE = 2;
  private static final int USER = 4;

  private final Engine engine;
  private final Layout layout;
  private final MemoryPool pool = new MemoryPool(256 << 20);
  private final AddressSpace space = pool.newAddressSpace();
  private final CpuState cpu;
  private final boolean stepping;

  EngineCpu(Engine engine, Layout layout) {
    this(engine, layout, 64);
  }

  /** {@code mode}: 64 or 32. */
  EngineCpu(Engine engine, Layout layout, int mode) {
    this(engine, layout, mode, false);
  }

  /** {@code stepping}: with EFLAGS.TF set. */
  EngineCpu(Engine engine, Layout layout, int mode, boolean stepping) {
    this.stepping = stepping;
    this.engine = engine;
    this.layout = layout;
    int rights = Protection.READ | Protection.WRITE;
    space.map(layout.scratch(), Layout.SCRATCH_SIZE, rights, MapFlags.PRIVATE, null, 0, "scratch");
    space.map(layout.readOnly(), PAGE, Protection.READ, MapFlags.PRIVATE, null, 0, "read-only");
    space.read(layout.readOnly(), new byte[1], 0, 1); // from here on it is present
    mapCode();
    cpu = new CpuState(space, (state, kind) -> false);
    cpu.longMode = mode == 64;
  }

  @Override
  public Layout layout() {
    return layout;
  }

  /** Maps the slots, or empties them. */
  void mapCode() {
    int rights = Protection.READ | Protection.WRITE | Protection.EXEC;
    space.map(layout.code(), Layout.CODE_SIZE, rights, MapFlags.PRIVATE, null, 0, "code");
  }

  /** Puts {@code bytes} at {@code slot}. */
  void install(byte[] bytes, long slot) {
    space.write(slot, bytes, 0, bytes.length);
    space.write(slot + bytes.length, STOP, 0, STOP.length);
    space.write(slot + EncodingForms.BRANCH_DISTANCE, STOP, 0, STOP.length);
    space.write(slot + ENTRY, JUMP, 0, JUMP.length);
  }

  @Override
  public void run(byte[] code, long slot, List<MachineState> before, List<MachineState> after) {
    install(code, slot);
    for (int i = 0; i < before.size(); i++) {
      run(slot, code.length, before.get(i), after.get(i));
      if (stepping) {
        NativeMachine.hideTrapFlag(code, after.get(i), layout);
      }
    }
  }

  /** Runs what is at {@code slot}, {@code length} bytes long, from state {@code in}. */
  void run(long slot, int length, MachineState in, MachineState out) {
    load(in);
    Engine.Exit exit = stepping ? step(slot) : enter(slot);
    out.outcome = exit == Engine.Exit.FAULT ? outcome(slot, length) : "exit " + exit;
    out.branched = out.outcome == null && cpu.rip == slot + EncodingForms.BRANCH_DISTANCE;
    store(in, out);
  }

  private Engine.Exit enter(long slot) {
    cpu.rip = slot + ENTRY;
    return engine.run(cpu);
  }

  /** Steps once, or until a repeated instruction is done. */
  private Engine.Exit step(long slot) {
    cpu.rip = slot;
    Engine.Exit exit;
    do {
      cpu.otherFlags |= CpuState.TRAP_FLAG;
      exit = engine.run(cpu);
    } while (isTrap(cpu.fault) && cpu.rip == slot);
    cpu.otherFlags &= ~CpuState.TRAP_FLAG;
    return exit;
  }

  private static boolean isTrap(@Nullable GuestFault fault) {
    return fault instanceof CpuFault exception && exception.error() == CpuFault.SINGLE_STEP;
  }

  private @Nullable String outcome(long slot, int length) {
    GuestFault fault = cpu.fault;
    String at = " at +" + (cpu.rip - slot);
    if (fault instanceof MemoryFault memory) {
      return switch (memory.kind()) {
        case GENERAL_PROTECTION -> Faults.name(CpuFault.GENERAL_PROTECTION) + at;
        case MAPERR, ACCERR -> Faults.page(memory.address(), error(memory)) + at;
        default -> memory + at;
      };
    }
    int vector = ((CpuFault) fault).vector();
    if ((stepping ? isTrap(fault) : vector == CpuFault.INVALID_OPCODE)
        && (cpu.rip == slot + length || cpu.rip == slot + EncodingForms.BRANCH_DISTANCE)) {
      return null; // the end
    }
    return Faults.name(vector) + at;
  }

  /** The page fault's error code, as Linux reports it. */
  private long error(MemoryFault fault) {
    boolean forbidden = fault.kind() == MemoryFault.Kind.ACCERR;
    boolean present = forbidden && space.isResident(fault.address() & -PAGE);
    boolean beyond = Long.compareUnsigned(fault.address(), LAST_PAGE) >= 0;
    return USER | (present || beyond ? PRESENT : 0) | (fault.write() ? WRITE : 0);
  }

  private void load(MachineState in) {
    System.arraycopy(in.gpr, 0, cpu.r, 0, 16);
    cpu.setEflags(in.flags);
    cpu.r[Reg.FS_BASE] = in.fsBase;
    cpu.r[Reg.GS_BASE] = in.gsBase;
    System.arraycopy(in.vector, 0, cpu.r, Reg.VECTOR, 64);
    cpu.mxcsr = in.mxcsr;
    cpu.x87.control = in.x87Control;
    int top = in.x87Status >>> 11 & 7;
    cpu.x87.top = top;
    cpu.x87.status = in.x87Status & ~0x3800;
    cpu.x87.empty = ~in.x87Used & 0xff;
    for (int i = 0; i < 8; i++) {
      int physical = top + i & 7;
      cpu.r[Reg.MMX + physical] = in.significand[i];
      cpu.x87.signExponent[physical] = in.signExponent[i];
    }
    write(in.dataStart, in.data);
    write(layout.stack() - MachineState.STACK_BEFORE, in.stack);
  }

  private void store(MachineState in, MachineState out) {
    System.arraycopy(cpu.r, 0, out.gpr, 0, 16);
    out.flags = cpu.eflags();
    out.fsBase = cpu.r[Reg.FS_BASE];
    out.gsBase = cpu.r[Reg.GS_BASE];
    System.arraycopy(cpu.r, Reg.VECTOR, out.vector, 0, 64);
    out.mxcsr = cpu.mxcsr;
    out.x87Control = cpu.x87.control;
    out.x87Status = (cpu.x87.status & ~0x3800) | cpu.x87.top << 11;
    out.x87Used = ~cpu.x87.empty & 0xff;
    for (int i = 0; i < 8; i++) {
      int physical = cpu.x87.top + i & 7;
      out.significand[i] = cpu.r[Reg.MMX + physical];
      out.signExponent[i] = cpu.x87.signExponent[physical] & 0xffff;
    }
    read(in.dataStart, out.data);
    read(layout.stack() - MachineState.STACK_BEFORE, out.stack);
  }

  private void write(long address, byte[] bytes) {
    space.write(address, bytes, 0, bytes.length);
  }

  private void read(long address, byte[] bytes) {
    space.read(address, bytes, 0, bytes.length);
  }

  @Override
  public void close() {
    engine.close();
    space.release();
    pool.close();
  }
}
