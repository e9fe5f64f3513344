package io.rookery.linux.abi;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.elf.Trampolines32;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.UserMemory;

/**
 * The frames that signal handlers of 32-bit programs run on: struct sigframe, and struct
 * rt_sigframe for those with SA_SIGINFO (arch/x86/include/asm/sigframe.h and
 * uapi/asm/sigcontext.h).
 */
public final class SignalFrame32 {
  private static final long LOW = 0xffffffffL;
  private static final int SC_SIZE = 88;

  // struct sigcontext_32.
  private static final int SC_GS = 0;
  private static final int SC_FS = 4;
  private static final int SC_ES = 8;
  private static final int SC_DS = 12;
  private static final int SC_REGISTERS = 16;
  private static final int SC_TRAP = 48;
  private static final int SC_ERROR = 52;
  private static final int SC_EIP = 56;
  private static final int SC_CS = 60;
  private static final int SC_FLAGS = 64;
  private static final int SC_ESP_AT_SIGNAL = 68;
  private static final int SC_SS = 72;
  private static final int SC_FPSTATE = 76;
  private static final int SC_OLDMASK = 80;
  private static final int SC_CR2 = 84;

  /** EDI, ESI, EBP, ESP, EBX, EDX, ECX, EAX. */
  private static final int[] ORDER = {
    Reg.RDI, Reg.RSI, Reg.RBP, Reg.RSP, Reg.RBX, Reg.RDX, Reg.RCX, Reg.RAX
  };

  // struct sigframe: return address, signal, sigcontext, an unused fpstate, the mask's upper half.
  private static final int PLAIN_SC = 8;
  private static final int PLAIN_MASK = PLAIN_SC + SC_SIZE + 624;
  private static final int PLAIN_CODE = PLAIN_MASK + 4;
  private static final int PLAIN_SIZE = PLAIN_CODE + 8;

  // struct rt_sigframe: return address, signal, two pointers, siginfo, ucontext.
  private static final int RT_INFO = 16;
  private static final int RT_UC = RT_INFO + SigInfo32.SIZE;
  private static final int RT_STACK = RT_UC + 8;
  private static final int RT_SC = RT_UC + 20;
  private static final int RT_MASK = RT_SC + SC_SIZE;
  private static final int RT_CODE = RT_MASK + 8;
  private static final int RT_SIZE = RT_CODE + 8;

  private static final int UC_FP_XSTATE = 1;

  private static final byte[] SIGRETURN = {
    0x58, (byte) 0xb8, 119, 0, 0, 0, (byte) 0xcd, (byte) 0x80
  };
  private static final byte[] RT_SIGRETURN = {
    (byte) 0xb8, (byte) 173, 0, 0, 0, (byte) 0xcd, (byte) 0x80, 0
  };

  /** TF, DF, RF: cleared for a handler. */
  private static final long HANDLER_CLEARS = 0x10500;

  private SignalFrame32() {}

  /**
   * Writes a frame and points the registers to the handler.
   *
   * @param withInfo struct rt_sigframe, else struct sigframe
   * @throws io.rookery.linux.errno.ErrnoException EFAULT when the stack cannot take it; nothing has
   *     changed then but memory
   */
  public static void push(UserMemory memory, CpuState cpu, HandlerFrame q, boolean withInfo) {
    long fpu = FpuFrame32.place(q.top());
    int size = withInfo ? RT_SIZE : PLAIN_SIZE;
    long frame = (fpu - size + 4 & -16L) - 4;
    if (frame < Math.max(0, q.lowest())) {
      throw Errno.EFAULT.exception();
    }
    byte[] b = new byte[size];
    int sc = withInfo ? RT_SC : PLAIN_SC;
    putContext(b, sc, cpu, q, fpu);
    long restorer = q.restorer() != 0 ? q.restorer() : Trampolines32.SIGRETURN;
    if (withInfo) {
      restorer = q.restorer() != 0 ? q.restorer() : Trampolines32.RT_SIGRETURN;
      Bytes.putInt(b, 8, (int) (frame + RT_INFO));
      Bytes.putInt(b, 12, (int) (frame + RT_UC));
      System.arraycopy(SigInfo32.narrow(q.info()), 0, b, RT_INFO, SigInfo32.SIZE);
      Bytes.putInt(b, RT_UC, FpuFrame.isExtended(cpu) ? UC_FP_XSTATE : 0);
      Bytes.putInt(b, RT_STACK, (int) q.stackPointer());
      Bytes.putInt(b, RT_STACK + 4, q.stackFlags());
      Bytes.putInt(b, RT_STACK + 8, (int) q.stackSize());
      Bytes.putLong(b, RT_MASK, q.mask());
      System.arraycopy(RT_SIGRETURN, 0, b, RT_CODE, RT_SIGRETURN.length);
    } else {
      Bytes.putInt(b, PLAIN_MASK, (int) (q.mask() >>> 32));
      System.arraycopy(SIGRETURN, 0, b, PLAIN_CODE, SIGRETURN.length);
    }
    int signal = Bytes.getInt(q.info(), 0);
    Bytes.putInt(b, 0, (int) restorer);
    Bytes.putInt(b, 4, signal);
    memory.write(fpu, FpuFrame32.save(cpu));
    memory.write(frame, b);
    enter(cpu, q.handler() & LOW, frame);
    cpu.r[Reg.RAX] = signal;
    cpu.r[Reg.RDX] = withInfo ? frame + RT_INFO : 0;
    cpu.r[Reg.RCX] = withInfo ? frame + RT_UC : 0;
  }

  private static void putContext(byte[] b, int sc, CpuState cpu, HandlerFrame q, long fpu) {
    Bytes.putInt(b, sc + SC_GS, selector(cpu, Segments.GS));
    Bytes.putInt(b, sc + SC_FS, selector(cpu, Segments.FS));
    Bytes.putInt(b, sc + SC_ES, selector(cpu, Segments.ES));
    Bytes.putInt(b, sc + SC_DS, selector(cpu, Segments.DS));
    for (int i = 0; i < ORDER.length; i++) {
      Bytes.putInt(b, sc + SC_REGISTERS + 4 * i, (int) cpu.r[ORDER[i]]);
    }
    Bytes.putInt(b, sc + SC_TRAP, q.trap());
    Bytes.putInt(b, sc + SC_ERROR, (int) q.error());
    Bytes.putInt(b, sc + SC_EIP, (int) cpu.rip);
    Bytes.putInt(b, sc + SC_CS, selector(cpu, Segments.CS));
    Bytes.putInt(b, sc + SC_FLAGS, (int) cpu.eflags());
    Bytes.putInt(b, sc + SC_ESP_AT_SIGNAL, (int) cpu.r[Reg.RSP]);
    Bytes.putInt(b, sc + SC_SS, selector(cpu, Segments.SS));
    Bytes.putInt(b, sc + SC_FPSTATE, (int) fpu);
    Bytes.putInt(b, sc + SC_OLDMASK, (int) q.mask());
    Bytes.putInt(b, sc + SC_CR2, (int) q.cr2());
  }

  private static int selector(CpuState cpu, int register) {
    return (int) cpu.r[Reg.SELECTOR + register];
  }

  private static void enter(CpuState cpu, long handler, long frame) {
    cpu.setEflags(cpu.eflags() & ~HANDLER_CLEARS);
    toMode(cpu, Segments.USER32_CS);
    for (int register : ORDER) {
      cpu.r[register] &= LOW;
    }
    cpu.r[Reg.SELECTOR + Segments.ES] = Segments.USER_DS;
    cpu.r[Reg.SELECTOR + Segments.DS] = Segments.USER_DS;
    cpu.r[Reg.SELECTOR + Segments.SS] = Segments.USER_DS;
    cpu.r[Reg.RSP] = frame;
    cpu.rip = handler;
  }

  private static void toMode(CpuState cpu, int codeSelector) {
    cpu.r[Reg.SELECTOR + Segments.CS] = codeSelector;
    cpu.longMode = codeSelector == Segments.USER_CS;
  }

  /**
   * Takes the registers from the frame that sigreturn(2) or rt_sigreturn(2) is called on: what its
   * code popped lies below ESP.
   *
   * @throws io.rookery.linux.errno.ErrnoException EFAULT when it cannot be read; no register has
   *     changed then
   */
  public static RestoredFrame pop(UserMemory memory, CpuState cpu, boolean withInfo) {
    long esp = cpu.r[Reg.RSP] & LOW;
    byte[] b = memory.read(withInfo ? esp - 4 : esp - 8, withInfo ? RT_SIZE : PLAIN_SIZE);
    int sc = withInfo ? RT_SC : PLAIN_SC;
    long fpu = Bytes.getInt(b, sc + SC_FPSTATE) & LOW;
    byte[] area = fpu == 0 ? null : memory.read(fpu, FpuFrame32.SIZE);
    for (int i = 0; i < ORDER.length; i++) {
      cpu.r[ORDER[i]] = Bytes.getInt(b, sc + SC_REGISTERS + 4 * i) & LOW;
    }
    cpu.rip = Bytes.getInt(b, sc + SC_EIP) & LOW;
    cpu.setEflags(Bytes.getInt(b, sc + SC_FLAGS) & LOW);
    toMode(cpu, (Bytes.getShort(b, sc + SC_CS) & 0xffff | 3));
    reload(cpu, Segments.GS, Bytes.getShort(b, sc + SC_GS));
    reload(cpu, Segments.FS, Bytes.getShort(b, sc + SC_FS));
    reload(cpu, Segments.DS, Bytes.getShort(b, sc + SC_DS));
    reload(cpu, Segments.ES, Bytes.getShort(b, sc + SC_ES));
    if (area != null) {
      FpuFrame32.restore(cpu, area);
    }
    if (!withInfo) {
      long mask = Bytes.getInt(b, sc + SC_OLDMASK) & LOW | (long) Bytes.getInt(b, PLAIN_MASK) << 32;
      return new RestoredFrame(false, mask, 0, 0, 0);
    }
    return new RestoredFrame(
        true,
        Bytes.getLong(b, RT_MASK),
        Bytes.getInt(b, RT_STACK) & LOW,
        Bytes.getInt(b, RT_STACK + 8) & LOW,
        Bytes.getInt(b, RT_STACK + 4));
  }

  /**
   * As Linux: a register is loaded if its selector differs, an impossible one gives the null one.
   */
  private static void reload(CpuState cpu, int register, int saved) {
    int selector = saved & 0xffff;
    if (selector != 0) {
      selector |= 3;
    }
    if (selector != cpu.r[Reg.SELECTOR + register]) {
      try {
        Segments.load(cpu, register, selector);
      } catch (CpuFault e) {
        Segments.load(cpu, register, 0);
      }
    }
  }
}
