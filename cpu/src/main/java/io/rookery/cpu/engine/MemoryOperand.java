package io.rookery.cpu.engine;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;

/** The memory operand of an instruction that faulted, for {@link FaultDetail}. */
final class MemoryOperand {
  private static final int FS = 4;
  private static final long PAGE = 4096;
  private static final long LOW = 0xffffffffL;
  private static final long CANONICAL_END = 1L << 47;

  private MemoryOperand() {}

  /** The offset in its segment; for bit strings, of the part that holds the bit. */
  static long offset(Insn insn, CpuState cpu) {
    long base = insn.base < 0 ? 0 : cpu.r[insn.base];
    long index = insn.index < 0 ? 0 : cpu.r[insn.index] << insn.scale;
    long offset = base + index + insn.disp;
    if (isBitString(insn)) {
      int bits = insn.bits[0];
      long bit = cpu.r[insn.reg[1]] << 64 - bits >> 64 - bits;
      offset += Math.floorDiv(bit, bits) * (bits / 8);
    }
    return insn.addressBits == 64 ? offset : offset & (1L << insn.addressBits) - 1;
  }

  /** The linear address. */
  static long address(Insn insn, CpuState cpu) {
    long address = offset(insn, cpu);
    if (insn.segment >= FS) {
      address += cpu.r[insn.segment == FS ? Reg.FS_BASE : Reg.GS_BASE];
    }
    return cpu.longMode ? address : address & LOW;
  }

  /**
   * Whether an operand in memory that translated code loads part by part, but processors at once,
   * begins below the end of the canonical addresses of programs and ends beyond. Gathers load their
   * elements one by one.
   */
  static boolean leavesCanonicalAddresses(Insn insn, CpuState cpu) {
    if (insn.vsib >= 0) {
      return false;
    }
    for (int i = 0; i < insn.operands; i++) {
      if (insn.kind[i] == Insn.MEM && isLoadedInParts(insn.bits[i])) {
        long address = address(insn, cpu);
        return address < CANONICAL_END
            && address + accessedBytes(insn, cpu, insn.bits[i] / 8) > CANONICAL_END;
      }
    }
    return false;
  }

  private static boolean isLoadedInParts(int bits) {
    return bits == 128 || bits == 256;
  }

  /** How far an operand of {@code bytes} bytes is accessed: to the last element in the mask. */
  private static int accessedBytes(Insn insn, CpuState cpu, int bytes) {
    int size =
        switch (insn.mnemonic) {
          case VMASKMOVPS, VPMASKMOVD -> 4;
          case VMASKMOVPD, VPMASKMOVQ -> 8;
          default -> bytes;
        };
    int accessed = size < bytes ? 0 : bytes;
    for (int end = size; size < bytes && end <= bytes; end += size) {
      long quad = cpu.r[Reg.vector(insn.reg[1], (end - 1) / 8)];
      if (quad << 64 - (end & 7) * 8 < 0) {
        accessed = end;
      }
    }
    return accessed;
  }

  private static boolean isBitString(Insn insn) {
    return switch (insn.mnemonic) {
      case BT, BTS, BTR, BTC -> insn.kind[1] == Insn.GPR;
      default -> false;
    };
  }

  /** Whether the first operand is memory that is read and then written. */
  static boolean isReadAndWritten(Insn insn) {
    return insn.operands > 0
        && insn.kind[0] == Insn.MEM
        && switch (insn.mnemonic) {
          case ADD, ADC, SUB, SBB, AND, OR, XOR, INC, DEC, NEG, NOT -> true;
          case SHL, SHR, SAR, ROL, ROR, RCL, RCR, SHLD, SHRD -> true;
          case BTS, BTR, BTC, XADD, XCHG, CMPXCHG -> true;
          default -> false;
        };
  }

  /**
   * Asks for the right to store to {@code bytes} bytes, without a change.
   *
   * @throws io.rookery.mmu.MemoryFault at the first byte that cannot be stored to
   */
  static void requireWritable(CpuState cpu, long address, int bytes) {
    requireWritable(cpu, address);
    long lastPage = address + bytes - 1 & -PAGE;
    if (Long.compareUnsigned(lastPage, address) > 0) {
      requireWritable(cpu, lastPage);
    }
  }

  /** As above, of one byte. */
  static void requireWritable(CpuState cpu, long address) {
    Access.getAndOr(address, 0, 1, cpu.base, cpu.perms, cpu.pages, cpu.space);
  }
}
