package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** Flag instructions, CPUID, time stamps, random numbers, FS and GS bases, extended state. */
final class SystemLifter {
  private final Operands ops;

  SystemLifter(Operands ops) {
    this.ops = ops;
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
