package io.rookery.linux.kernel;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.MemoryFault;
import java.util.HexFormat;

/** Turns processor exceptions into signals, as arch/x86 does (SDM vol. 3, 6.15). */
final class FaultSignals {
  private static final System.Logger LOG = System.getLogger(FaultSignals.class.getName());
  private static final int PAGE_FAULT = 14;
  private static final long TASK_SIZE_MAX = 0x7fff_ffff_f000L;
  private static final int INSTRUCTION_BYTES = 15;
  private static final int RESUME_FLAG = 0x10000;

  private FaultSignals() {}

  static void raise(Task t, GuestFault fault) {
    switch (fault) {
      case MemoryFault m -> memory(t, m);
      case CpuFault c -> exception(t, c.vector(), c.error());
      default -> throw new IllegalStateException("unknown fault " + fault);
    }
  }

  private static void memory(Task t, MemoryFault m) {
    switch (m.kind()) {
      case MAPERR -> page(t, m, SigInfo.fault(Signals.SIGSEGV, SigInfo.SEGV_MAPERR, m.address()));
      case ACCERR -> page(t, m, SigInfo.fault(Signals.SIGSEGV, SigInfo.SEGV_ACCERR, m.address()));
      case BUS -> page(t, m, SigInfo.fault(Signals.SIGBUS, SigInfo.BUS_ADRERR, m.address()));
      case GENERAL_PROTECTION -> exception(t, CpuFault.GENERAL_PROTECTION, 0);
      case OUT_OF_MEMORY -> {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} is killed: the memory limit of {1} bytes is reached",
            t,
            Long.toString(t.kernel().memory().limitBytes()));
        t.process().startExit(ExitStatus.killed(Signals.SIGKILL));
      }
    }
  }

  private static void page(Task t, MemoryFault m, SigInfo info) {
    long error = 4; // from user mode
    boolean forbidden = m.kind() == MemoryFault.Kind.ACCERR;
    boolean present = forbidden && t.memory().space().isResident(m.address() & -4096L);
    boolean kernels = Long.compareUnsigned(m.address(), TASK_SIZE_MAX) >= 0;
    error |= present || kernels ? 1 : 0; // of its own half Linux tells nothing else
    error |= m.write() ? 2 : 0;
    error |= m.fetch() ? 16 : 0;
    t.faultAddress = m.address();
    force(t, info, PAGE_FAULT, error);
  }

  private static void exception(Task t, int vector, int error) {
    long rip = t.cpu().rip;
    SigInfo info =
        switch (vector) {
          case CpuFault.DIVIDE_ERROR -> SigInfo.fault(Signals.SIGFPE, SigInfo.FPE_INTDIV, rip);
          case CpuFault.DEBUG -> SigInfo.fault(Signals.SIGTRAP, debugCode(error), rip);
          case CpuFault.BREAKPOINT -> SigInfo.kernel(Signals.SIGTRAP);
          case CpuFault.INVALID_OPCODE -> {
            logIllegal(t, rip);
            yield SigInfo.fault(Signals.SIGILL, SigInfo.ILL_ILLOPN, rip);
          }
          case CpuFault.X87_ERROR -> SigInfo.fault(Signals.SIGFPE, x87Code(t.cpu()), rip);
          case CpuFault.SIMD_ERROR -> SigInfo.fault(Signals.SIGFPE, simdCode(t.cpu()), rip);
          case CpuFault.ALIGNMENT_CHECK -> SigInfo.fault(Signals.SIGBUS, SigInfo.BUS_ADRALN, 0);
          case CpuFault.SEGMENT_NOT_PRESENT, CpuFault.STACK_FAULT -> SigInfo.kernel(Signals.SIGBUS);
          default -> SigInfo.kernel(Signals.SIGSEGV);
        };
    force(t, info, vector, vector == CpuFault.DEBUG ? 0 : error);
  }

  private static int debugCode(int dr6) {
    return (dr6 & CpuFault.SINGLE_STEP) != 0 ? SigInfo.TRAP_TRACE : SigInfo.TRAP_BRKPT;
  }

  private static void force(Task t, SigInfo info, int trap, long error) {
    t.trapNumber = trap;
    t.trapError = error;
    if (trap != CpuFault.BREAKPOINT && trap != CpuFault.DEBUG && trap != CpuFault.OVERFLOW) {
      t.cpu().otherFlags |= RESUME_FLAG; // of faults, not of traps; no handler starts with it
    }
    t.process().signals().force(info, t, false);
  }

  private static void logIllegal(Task t, long rip) {
    byte[] code = new byte[INSTRUCTION_BYTES];
    int n = 0;
    try {
      while (n < code.length) {
        code[n] = t.memory().getByte(rip + n);
        n++;
      }
    } catch (ErrnoException e) {
      // The page ends within the instruction: what could be read is shown.
    }
    String bytes = HexFormat.ofDelimiter(" ").formatHex(code, 0, n);
    if (t.kernel().firstIllegal(bytes)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: illegal or unknown instruction at 0x{1}: {2}",
          t,
          Long.toHexString(rip),
          bytes);
    }
  }

  private static int x87Code(CpuState cpu) {
    return floatCode(cpu.x87.status & ~cpu.x87.control);
  }

  private static int simdCode(CpuState cpu) {
    return floatCode(cpu.mxcsr & ~(cpu.mxcsr >> 7));
  }

  /** The code of the unmasked exceptions IE, DE, ZE, OE, UE, PE (bits 0…5). */
  private static int floatCode(int raised) {
    if ((raised & 1) != 0) {
      return SigInfo.FPE_FLTINV;
    }
    if ((raised & 4) != 0) {
      return SigInfo.FPE_FLTDIV;
    }
    if ((raised & 8) != 0) {
      return SigInfo.FPE_FLTOVF;
    }
    return (raised & 0x12) != 0 ? SigInfo.FPE_FLTUND : SigInfo.FPE_FLTRES;
  }
}
