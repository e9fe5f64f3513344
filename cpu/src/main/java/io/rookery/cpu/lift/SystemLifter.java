package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** Flag instructions, CPUID, time stamps, random numbers, FS and GS bases, extended state. */
final class SystemLifter {
  // arch/x86/kernel/umip.c
  private static final long DUMMY_GDT = 0xfffffffffffe0000L;
  private static final long DUMMY_IDT = 0xffffffffffff0000L;
  private static final long DUMMY_CR0 = 0x80050033L;
  private static final long DUMMY_TR = 0x40;

  private final Operands ops;

  SystemLifter(Operands ops) {
    this.ops = ops;
  }

  /** Selector that Linux gives user programs in segment register {@code segment}. */
  static int selector(int segment, int mode) {
    return switch (segment) {
      case 1 -> mode == 64 ? 0x33 : 0x23;
      case 2 -> 0x2b;
      case 0, 3 -> mode == 64 ? 0 : 0x2b;
      default -> 0;
    };
  }

  /** CLC, STC, CMC. */
  void carry(Insn i) {
    int t = ops.temp();
    ops.op(Op.GETF, t, 0);
    switch (i.mnemonic) {
      case CLC -> ops.opImm(Op.ANDI64, t, t, ~Flags.CF);
      case STC -> ops.opImm(Op.ORI64, t, t, Flags.CF);
      default -> ops.opImm(Op.XORI64, t, t, Flags.CF);
    }
    ops.op(Op.PUTF, 0, t);
  }

  void direction(Insn i) {
    ops.load(Reg.DIRECTION, i.mnemonic == Mnemonic.CLD ? 1 : -1);
  }

  /** LAHF: SF ZF 0 AF 0 PF 1 CF into AH. */
  void lahf() {
    int t = ops.temp();
    ops.op(Op.GETF, t, 0);
    ops.opImm(Op.ORI64, t, t, 2);
    ops.op(Op.INS8H, Reg.RAX, t);
  }

  /** SAHF: all status flags but OF from AH. */
  void sahf() {
    int t = ops.temp();
    ops.op(Op.GETF, t, 0);
    ops.opImm(Op.ANDI64, t, t, Flags.OF);
    int ah = ops.temp();
    ops.op(Op.EXT8H, ah, Reg.RAX);
    ops.opImm(Op.ANDI64, ah, ah, Flags.STATUS & 0xff);
    ops.op(Op.OR64, t, t, ah);
    ops.op(Op.PUTF, 0, t);
  }

  void simple(Helper helper) {
    ops.exec(helper, 0, 0, 0, 0);
  }

  /** RDRAND, RDSEED: a random number; CF = 1, the other status flags clear. */
  void random(Insn i) {
    int t = ops.temp();
    ops.exec(Helper.RANDOM, t, 0, 0, 0);
    ops.write(i, 0, t);
    ops.op(Op.PUTF, 0, ops.constant(Flags.CF));
  }

  void rdpid(Insn i) {
    ops.write(i, 0, Reg.ZERO);
  }

  /** BOUND: #BR where the index is outside; the lower bound is looked at first. */
  void bound(Insn i) {
    int low = ops.temp();
    int high = ops.temp();
    int bits = i.operandBits;
    int index = ops.temp();
    ops.move(index, ops.readSigned(i, 0));
    ops.memory(i, Operands.loadOp(bits), low);
    low = ops.signExtend(low, bits);
    ops.exec(Helper.BOUND, index, low, ops.constant(Long.MAX_VALUE), 0);
    ops.memory(i, Operands.loadOp(bits), high, bits / 8);
    ops.exec(Helper.BOUND, index, low, ops.signExtend(high, bits), 0);
  }

  /** ARPL; memory is written only where the selector changes. */
  void arpl(Insn i) {
    if (i.kind[0] == Insn.MEM) {
      ops.exec(Helper.ARPL_MEMORY, 0, ops.linearAddress(i), i.reg[1], 0);
      return;
    }
    int to = ops.readZero(i, 0);
    int from = ops.readZero(i, 1);
    int flags = ops.temp();
    ops.op(Op.GETF, flags, 0);
    int newFlags = ops.temp();
    ops.call(Helper.ARPL_FLAGS, newFlags, flags, to, from, 0);
    int result = ops.temp();
    ops.call(Helper.ARPL, result, to, from, 0, 0);
    ops.write(i, 0, result);
    ops.op(Op.PUTF, 0, newFlags);
  }

  /** SGDT, SIDT where UMIP is on: what Linux then shows, a limit of 0 and a base of its choice. */
  void tableRegister(Insn i) {
    int base = ops.constant(i.mnemonic == Mnemonic.SGDT ? DUMMY_GDT : DUMMY_IDT);
    ops.memory(i, Op.STORE16, Reg.ZERO);
    ops.memory(i, Operands.storeOp(i.mode), base, 2);
  }

  /**
   * SLDT, STR, SMSW where UMIP is on: what Linux then shows. It does not extend to 64 bits what it
   * puts into a 32-bit register.
   */
  void systemWord(Insn i) {
    int value =
        ops.constant(
            switch (i.mnemonic) {
              case STR -> DUMMY_TR;
              case SMSW -> DUMMY_CR0;
              default -> 0;
            });
    if (i.kind[0] == Insn.GPR && i.bits[0] == 32) {
      int kept = ops.temp();
      ops.op(Op.ZX32, kept, i.reg[0]);
      ops.out.emit(Op.XOR64, kept, kept, i.reg[0], 0);
      ops.out.emit(Op.OR64, i.reg[0], kept, value, 0);
    } else {
      ops.write(i, 0, value);
    }
  }

  /** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE. */
  void segmentBase(Insn i) {
    switch (i.mnemonic) {
      case RDFSBASE -> ops.write(i, 0, Reg.FS_BASE);
      case RDGSBASE -> ops.write(i, 0, Reg.GS_BASE);
      default ->
          ops.exec(
              Helper.WRITE_SEGMENT_BASE,
              i.mnemonic == Mnemonic.WRFSBASE ? Reg.FS_BASE : Reg.GS_BASE,
              ops.readZero(i, 0),
              0,
              0);
    }
  }
}
