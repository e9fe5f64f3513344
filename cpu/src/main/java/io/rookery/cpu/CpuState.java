package io.rookery.cpu;

import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.Participant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The registers of one guest thread and its way to memory and to the operating system.
 *
 * <p>Owned by the thread that runs it; only {@link #attention} and {@link #requestPoll} may be used
 * by others. The engine keeps registers elsewhere while it runs; they are here whenever helper
 * methods, the system-call port or the caller of {@link Engine#run} look.
 */
public final class CpuState implements Participant {
  /** EFLAGS.TF: #DB comes behind each instruction. */
  public static final int TRAP_FLAG = 0x100;

  /** The register file, indexed by {@link Reg}. */
  public final long[] r = new long[Reg.COUNT];

  /** Instruction pointer. */
  public long rip;

  /** Lazy status flags, see {@link Flags}. */
  public int flagsKind;

  public long flagsX;
  public long flagsY;

  /** EFLAGS bits other than the status flags and DF that programs can change: TF, NT, AC, ID. */
  public long otherFlags;

  /** SSE control and status (SDM vol. 1, 10.2.3). */
  public int mxcsr = 0x1f80;

  /** In {@link #packedExceptions}: each exception is raised at once. */
  public static final int NOT_PACKED = -1;

  /**
   * SIMD exceptions that elements of the packed operation in progress have met so far, as flags of
   * the MXCSR, or {@link #NOT_PACKED}.
   */
  public int packedExceptions = NOT_PACKED;

  /** x87 state; the significands are {@code r[Reg.MMX + physical]}. */
  public final X87State x87 = new X87State();

  /** The code segment in force: true for 64-bit mode, false for 32-bit compatibility mode. */
  public boolean longMode = true;

  /** The thread-local descriptors of the global descriptor table, 0 for unused ones. */
  public final long[] tls = new long[Segments.TLS_ENTRIES];

  /** What CPUID tells; the engine that runs this thread sets it. */
  public CpuModel model = CpuModel.X86_64_V3;

  /**
   * The address space and its accessor constants (see io.rookery.mmu.Access); set by {@link
   * #attach}.
   */
  public AddressSpace space;

  public long base;
  public long perms;
  public long pages;

  /** Where system calls go. */
  public final SystemCallPort port;

  /** Non-zero: leave translated code at the next poll with {@link Engine.Exit#ATTENTION}. */
  public volatile int attention;

  /** The fault that ended the last {@link Engine#run} with {@link Engine.Exit#FAULT}. */
  public @Nullable GuestFault fault;

  /** What the engine keeps for this thread between runs (caches); not for others. */
  public @Nullable Object engineData;

  /** The compiled code that was left for an instruction it does not handle; the engine's. */
  public @Nullable Object refusedBy;

  /** What the code at {@link #refusedBy} was left for; the engine's. */
  public long refusedAddress;

  public CpuState(AddressSpace space, SystemCallPort port) {
    this.port = port;
    this.space = space;
    r[Reg.DIRECTION] = 1;
    resetSegments(true);
    attach(space);
  }

  /** The segments that Linux starts a program with, 64-bit or 32-bit. */
  public void resetSegments(boolean toLongMode) {
    longMode = toLongMode;
    int data = toLongMode ? 0 : Segments.USER_DS;
    r[Reg.SELECTOR] = data;
    r[Reg.SELECTOR + Segments.CS] = toLongMode ? Segments.USER_CS : Segments.USER32_CS;
    r[Reg.SELECTOR + Segments.SS] = Segments.USER_DS;
    r[Reg.SELECTOR + Segments.DS] = data;
    r[Reg.SELECTOR + Segments.FS] = 0;
    r[Reg.SELECTOR + Segments.GS] = 0;
    r[Reg.FS_BASE] = 0;
    r[Reg.GS_BASE] = 0;
    Arrays.fill(tls, 0);
  }

  /**
   * Makes {@code space} the address space of this thread; only between runs or in a system call
   * that unwinds.
   */
  public void attach(AddressSpace newSpace) {
    space = newSpace;
    base = newSpace.base;
    perms = newSpace.perms;
    pages = newSpace.pages;
  }

  /** Whether PE is set in the MXCSR (SDM vol. 1, 10.2.3.1). */
  public boolean hasRounded() {
    return (mxcsr & 0x20) != 0;
  }

  /** EFLAGS as PUSHF would show them (bit 1 and IF set). */
  public long eflags() {
    return Flags.status(flagsKind, flagsX, flagsY)
        | (r[Reg.DIRECTION] < 0 ? 0x400 : 0)
        | otherFlags
        | 0x202;
  }

  /** Sets the flags that a user-mode program can change. */
  public void setEflags(long value) {
    flagsKind = Flags.RAW;
    flagsX = value & Flags.STATUS;
    flagsY = 0;
    r[Reg.DIRECTION] = (value & 0x400) != 0 ? -1 : 1;
    otherFlags = value & 0x244100;
  }

  @Override
  public void requestPoll() {
    attention = 1;
  }
}
