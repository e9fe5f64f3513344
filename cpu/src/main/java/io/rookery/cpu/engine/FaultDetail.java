package io.rookery.cpu.engine;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.decode.Decoder;
import io.rookery.cpu.decode.Insn;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.MemoryFault;
import org.jspecify.annotations.Nullable;

/**
 * What translated code need not know of a fault, found out by decoding the instruction again: a
 * non-canonical address is #SS where the stack segment was used, and comes before the page fault of
 * another part of the same vector; a read of what is then written is a write; and a trap is
 * reported behind the instruction.
 */
final class FaultDetail {
  /** How far from RSP an instruction on the stack accesses it: ENTER with all its levels. */
  private static final long STACK_REACH = 65_536 + 512;

  private static final int RSP = 4;
  private static final int RBP = 5;
  private static final int FIRST_SEGMENT_WITH_BASE = 4;

  private FaultDetail() {}

  /** Completes the fault in {@code cpu.fault}, raised at {@code cpu.rip}. */
  static void complete(CpuState cpu) {
    GuestFault fault = cpu.fault;
    if (fault instanceof CpuFault exception && exception.isTrap()) {
      Insn insn = decode(cpu);
      cpu.rip = insn == null ? cpu.rip : insn.next;
    } else if (fault instanceof MemoryFault memory
        && memory.kind() == MemoryFault.Kind.GENERAL_PROTECTION) {
      Insn insn = decode(cpu);
      if (insn != null
          && (isOnStack(insn, memory.address() - cpu.r[RSP]) || usesStackSegment(insn))) {
        cpu.fault = new CpuFault(CpuFault.STACK_FAULT);
      }
    } else if (fault instanceof MemoryFault memory && !memory.fetch()) {
      Insn insn = decode(cpu);
      if (insn != null && MemoryOperand.leavesCanonicalAddresses(insn, cpu)) {
        int vector = usesStackSegment(insn) ? CpuFault.STACK_FAULT : CpuFault.GENERAL_PROTECTION;
        cpu.fault = new CpuFault(vector);
      } else if (insn != null && !memory.write()) {
        askForWriting(cpu, insn, memory.address());
      }
    } else if (fault instanceof CpuFault exception
        && exception.vector() == CpuFault.GENERAL_PROTECTION) {
      // These look at the address first, all others at the alignment.
      Insn insn = decode(cpu);
      if (insn != null
          && savesState(insn)
          && usesStackSegment(insn)
          && !isCanonical(MemoryOperand.offset(insn, cpu))) {
        cpu.fault = new CpuFault(CpuFault.STACK_FAULT);
      }
    }
  }

  /**
   * Where an operand is read and written, processors ask for the right to write at once; translated
   * code reads first.
   */
  private static void askForWriting(CpuState cpu, Insn insn, long refused) {
    try {
      if (MemoryOperand.isReadAndWritten(insn)) {
        MemoryOperand.requireWritable(cpu, MemoryOperand.address(insn, cpu), insn.bits[0] / 8);
      } else if (savesPartOfState(insn)) {
        MemoryOperand.requireWritable(cpu, refused);
      }
    } catch (GuestFault write) {
      cpu.fault = write;
    }
  }

  private static @Nullable Insn decode(CpuState cpu) {
    byte[] bytes = new byte[Decoder.MAX_LENGTH];
    try {
      int available = cpu.space.fetch(cpu.rip, bytes, bytes.length);
      Insn insn = new Insn();
      int mode = cpu.longMode ? 64 : 32;
      new Decoder(mode, cpu.model).decode(bytes, 0, available, cpu.rip, insn);
      return insn;
    } catch (GuestFault e) {
      return null; // the code itself is not there
    }
  }

  /** These read the header of what they write to. */
  private static boolean savesPartOfState(Insn insn) {
    return switch (insn.mnemonic) {
      case XSAVE, XSAVEC, XSAVEOPT -> true;
      default -> false;
    };
  }

  private static boolean savesState(Insn insn) {
    return switch (insn.mnemonic) {
      case FXSAVE, FXRSTOR, XSAVE, XRSTOR, XSAVEC, XSAVEOPT -> true;
      default -> false;
    };
  }

  private static boolean isCanonical(long address) {
    return address << 16 >> 16 == address;
  }

  private static boolean usesStackSegment(Insn insn) {
    return (insn.base == RSP || insn.base == RBP) && insn.segment < FIRST_SEGMENT_WITH_BASE;
  }

  /** {@code distance}: from RSP to the address that faulted. */
  private static boolean isOnStack(Insn insn, long distance) {
    boolean usesStack =
        switch (insn.mnemonic) {
          case PUSH, POP, PUSHF, POPF, PUSHA, POPA, CALL, RET, ENTER, LEAVE, CALLF, RETF, IRET ->
              true;
          default -> false;
        };
    return usesStack && Math.abs(distance) <= STACK_REACH;
  }
}
