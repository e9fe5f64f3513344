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
 * non-canonical address is #SS where the stack segment was used, and a trap is reported behind it.
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
    } else if (fault instanceof CpuFault exception
        && exception.vector() == CpuFault.GENERAL_PROTECTION) {
      // A misaligned operand may be at a non-canonical address besides.
      Insn insn = decode(cpu);
      if (insn != null && usesStackSegment(insn) && !isCanonical(operand(insn, cpu))) {
        cpu.fault = new CpuFault(CpuFault.STACK_FAULT);
      }
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

  private static long operand(Insn insn, CpuState cpu) {
    long index = insn.index < 0 ? 0 : cpu.r[insn.index] << insn.scale;
    return cpu.r[insn.base] + index + insn.disp;
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
