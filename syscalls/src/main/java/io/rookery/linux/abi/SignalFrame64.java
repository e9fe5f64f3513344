package io.rookery.linux.abi;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.kernel.UserMemory;

/**
 * The frame that a signal handler of a 64-bit program runs on: struct rt_sigframe with ucontext,
 * sigcontext and extended state (arch/x86/include/uapi/asm/sigcontext.h gives the layout).
 */
public final class SignalFrame64 {
  /** Bytes below RSP that leaf functions use without moving it (System V ABI, 3.2.2). */
  public static final int RED_ZONE = 128;

  private static final int PRETCODE = 0;
  private static final int UC = 8;
  private static final int UC_STACK_POINTER = UC + 16;
  private static final int UC_STACK_FLAGS = UC + 24;
  private static final int UC_STACK_SIZE = UC + 32;
  private static final int SC = UC + 40;
  private static final int SC_RIP = SC + 128;
  private static final int SC_FLAGS = SC + 136;
  private static final int SC_SEGMENTS = SC + 144;
  private static final int SC_ERROR = SC + 152;
  private static final int SC_TRAP = SC + 160;
  private static final int SC_CR2 = SC + 176;
  private static final int SC_FPSTATE = SC + 184;
  private static final int UC_MASK = SC + 256;
  private static final int INFO = UC_MASK + 8;
  private static final int INFO_SIZE = 128;
  private static final int SIZE = INFO + INFO_SIZE;

  /** UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS. */
  private static final int UC_FLAGS = 6;

  private static final int UC_FP_XSTATE = 1;

  private static final int CS = Reg.SELECTOR + Segments.CS;
  private static final int SS = Reg.SELECTOR + Segments.SS;

  /** Registers in the order of sigcontext, from r8 to rsp. */
  private static final int[] ORDER = {
    8, 9, 10, 11, 12, 13, 14, 15, Reg.RDI, Reg.RSI, Reg.RBP, Reg.RBX, Reg.RDX, Reg.RAX, Reg.RCX,
    Reg.RSP
  };

  /** TF, DF, RF: cleared for a handler. */
  private static final long HANDLER_CLEARS = 0x10500;

  private SignalFrame64() {}

  /**
   * Writes a frame and points the registers to the handler.
   *
   * @throws io.rookery.linux.errno.ErrnoException EFAULT when the stack cannot take it; nothing has
   *     changed then but memory
   */
  public static void push(UserMemory memory, CpuState cpu, HandlerFrame q) {
    long fpu = q.top() - FpuFrame.SIZE & -64L;
    long frame = (fpu - SIZE & -16L) - 8;
    if (Long.compareUnsigned(frame, q.lowest()) < 0) {
      throw io.rookery.linux.errno.Errno.EFAULT.exception();
    }
    byte[] b = new byte[SIZE];
    Bytes.putLong(b, PRETCODE, q.restorer());
    Bytes.putLong(b, UC, FpuFrame.isExtended(cpu) ? UC_FLAGS | UC_FP_XSTATE : UC_FLAGS);
    Bytes.putLong(b, UC_STACK_POINTER, q.stackPointer());
    Bytes.putInt(b, UC_STACK_FLAGS, q.stackFlags());
    Bytes.putLong(b, UC_STACK_SIZE, q.stackSize());
    for (int i = 0; i < ORDER.length; i++) {
      Bytes.putLong(b, SC + 8 * i, cpu.r[ORDER[i]]);
    }
    Bytes.putLong(b, SC_RIP, cpu.rip);
    Bytes.putLong(b, SC_FLAGS, cpu.eflags());
    Bytes.putShort(b, SC_SEGMENTS, (int) cpu.r[CS]);
    Bytes.putShort(b, SC_SEGMENTS + 6, (int) cpu.r[SS]);
    Bytes.putLong(b, SC_ERROR, q.error());
    Bytes.putLong(b, SC_TRAP, q.trap());
    Bytes.putLong(b, SC_CR2, q.cr2());
    Bytes.putLong(b, SC_FPSTATE, fpu);
    Bytes.putLong(b, UC_MASK, q.mask());
    System.arraycopy(q.info(), 0, b, INFO, INFO_SIZE);
    memory.write(fpu, FpuFrame.save(cpu));
    memory.write(frame, b);
    cpu.setEflags(cpu.eflags() & ~HANDLER_CLEARS);
    cpu.r[Reg.RSP] = frame;
    cpu.r[Reg.RDI] = Bytes.getInt(q.info(), 0);
    cpu.r[Reg.RSI] = frame + INFO;
    cpu.r[Reg.RDX] = frame + UC;
    cpu.r[Reg.RAX] = 0;
    cpu.rip = q.handler();
    cpu.r[CS] = Segments.USER_CS;
    cpu.r[SS] = Segments.USER_DS;
    cpu.longMode = true;
  }

  /**
   * Takes the registers from the frame that rt_sigreturn(2) is called on: its return address has
   * been popped.
   *
   * @throws io.rookery.linux.errno.ErrnoException EFAULT when it cannot be read; no register has
   *     changed then
   */
  public static RestoredFrame pop(UserMemory memory, CpuState cpu) {
    byte[] b = memory.read(cpu.r[Reg.RSP] - 8, SIZE);
    long fpu = Bytes.getLong(b, SC_FPSTATE);
    byte[] area = null;
    if (fpu != 0) {
      boolean extended = (Bytes.getLong(b, UC) & UC_FP_XSTATE) != 0;
      area = memory.read(fpu, extended ? FpuFrame.SIZE : 512);
    }
    for (int i = 0; i < ORDER.length; i++) {
      cpu.r[ORDER[i]] = Bytes.getLong(b, SC + 8 * i);
    }
    cpu.rip = Bytes.getLong(b, SC_RIP);
    cpu.setEflags(Bytes.getLong(b, SC_FLAGS));
    cpu.longMode = (Bytes.getShort(b, SC_SEGMENTS) | 3) != Segments.USER32_CS;
    cpu.r[CS] = cpu.longMode ? Segments.USER_CS : Segments.USER32_CS;
    if (area != null) {
      FpuFrame.restore(cpu, area);
    }
    return new RestoredFrame(
        true,
        Bytes.getLong(b, UC_MASK),
        Bytes.getLong(b, UC_STACK_POINTER),
        Bytes.getLong(b, UC_STACK_SIZE),
        Bytes.getInt(b, UC_STACK_FLAGS));
  }
}
