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
