package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** Bit tests, scans and counts, byte swaps, BMI1 and BMI2, ADX. */
final class BitLifter {
  private final Operands ops;

  BitLifter(Operands ops) {
    this.ops = ops;
  }

  /**
   * BT, BTS, BTR, BTC. With a register bit index the memory operand is a bit string (SDM vol. 2,
   * BT).
   */
  void bitTest(Insn i) {
    int bits = i.bits[0];
    boolean string = i.kind[0] == Insn.MEM && i.kind[1] == Insn.GPR;
    int index = ops.temp();
    if (i.kind[1] == Insn.IMM) {
      ops.load(index, i.imm & (bits - 1));
    } else {
      ops.opImm(Op.ANDI64, index, ops.read(i, 1), bits - 1);
    }
    int address = 0;
    int value;
    if (string) {
      address = bitStringAddress(i, bits);
    } else if (i.kind[0] == Insn.MEM) {
      address = ops.linearAddress(i);
    }
    boolean memory = i.kind[0] == Insn.MEM;
    int mask = ops.temp();
    ops.op(Op.SHL64, mask, ops.constant(1), index);
    if (memory && i.lock) {
      value = ops.temp();
      lockedBit(i, value, address, mask, bits);
    } else if (memory) {
      value = ops.temp();
      ops.out.emit(Operands.loadOp(bits), value, address, Reg.ZERO, 0);
    } else {
      value = ops.temp();
      ops.op(Op.MOV, value, ops.read(i, 0));
    }
    if (i.mnemonic != Mnemonic.BT && !(memory && i.lock)) {
      int d = ops.temp();
      change(i, d, value, mask);
      if (memory) {
        ops.out.emit(Operands.storeOp(bits), d, address, Reg.ZERO, 0);
      } else {
        ops.write(i, 0, d);
      }
    }
    int bit = ops.temp();
    ops.op(Op.SHR64, bit, value, index);
    ops.opImm(Op.ANDI64, bit, bit, 1);
    int flags = ops.temp();
    ops.op(Op.GETF, flags, 0);
    ops.opImm(Op.ANDI64, flags, flags, ~Flags.CF);
    ops.op(Op.OR64, flags, flags, bit);
    ops.op(Op.PUTF, 0, flags);
  }

  private void change(Insn i, int d, int value, int mask) {
    switch (i.mnemonic) {
      case BTS -> ops.op(Op.OR64, d, value, mask);
      case BTC -> ops.op(Op.XOR64, d, value, mask);
      default -> {
        int inverse = ops.temp();
        ops.op(Op.NOT64, inverse, mask);
        ops.op(Op.AND64, d, value, inverse);
      }
    }
  }

  private void lockedBit(Insn i, int old, int address, int mask, int bits) {
    int operand = mask;
    int op = i.mnemonic == Mnemonic.BTS ? Op.XOR : Op.XXOR;
    if (i.mnemonic == Mnemonic.BTR) {
      operand = ops.temp();
      ops.op(Op.NOT64, operand, mask);
      op = Op.XAND;
    }
    ops.out.emit(op, old, address, operand, bits / 8);
  }

  private int bitStringAddress(Insn i, int bits) {
    int index = ops.readSigned(i, 1);
    int unit = ops.temp();
    int log2 = Integer.numberOfTrailingZeros(bits);
    ops.opImm(Op.SARI64, unit, index, log2);
    ops.opImm(Op.SHLI64, unit, unit, log2 - 3);
    int address = ops.temp();
    ops.op(Op.ADD64, address, ops.linearAddress(i), unit);
    if (i.addressBits == 32) {
      ops.op(Op.ZX32, address, address);
    }
    return address;
  }

  /** BSF and BSR: ZF tells that the source was 0, and then the destination keeps its value. */
  void scan(Insn i) {
    int bits = i.bits[0];
    int x = ops.readZero(i, 1);
    int t = ops.temp();
    ops.call(i.mnemonic == Mnemonic.BSF ? Helper.CTZ : Helper.BSR, t, x, 0, 0, 0);
    int d = ops.temp();
    ops.op(Op.MOV, d, i.reg[0]);
    ops.out.emit(Op.SETFI, Flags.kind(Flags.LOGIC, bits), x, 0, 0);
    if (bits == 16) {
      ops.op(Op.INS16, d, t);
      t = d;
      d = i.reg[0];
      ops.out.emit(Op.CMOV, d, t, 0, Conditions.NE);
    } else {
      ops.out.emit(Op.CMOV, i.reg[0], t, 0, Conditions.NE);
    }
  }

  /** TZCNT and LZCNT: CF tells that the source was 0, ZF that the result is. */
  void count(Insn i) {
    int x = ops.readZero(i, 1);
    int t = ops.temp();
    ops.call(i.mnemonic == Mnemonic.TZCNT ? Helper.TZCNT : Helper.LZCNT, t, x, 0, 0, i.bits[0]);
    int flags = ops.temp();
    ops.call(Helper.COUNT_FLAGS, flags, x, t, 0, 0);
    ops.write(i, 0, t);
    ops.op(Op.PUTF, 0, flags);
  }

  void popcnt(Insn i) {
    int x = ops.readZero(i, 1);
    int t = ops.temp();
    ops.call(Helper.POPCNT, t, x, 0, 0, 0);
    int flags = ops.temp();
    ops.call(Helper.ZERO_FLAG, flags, x, 0, 0, 0);
    ops.write(i, 0, t);
    ops.op(Op.PUTF, 0, flags);
  }

  void bswap(Insn i) {
    // A 16-bit BSWAP is undefined; hardware clears the register's low word.
    switch (i.bits[0]) {
      case 64 -> ops.op(Op.BSWAP64, i.reg[0], i.reg[0]);
      case 32 -> ops.op(Op.BSWAP32, i.reg[0], i.reg[0]);
      default -> ops.op(Op.INS16, i.reg[0], Reg.ZERO);
    }
  }

  void movbe(Insn i) {
    int bits = i.bits[0];
    int t = ops.temp();
    ops.op(bits == 64 ? Op.BSWAP64 : Op.BSWAP32, t, ops.read(i, 1));
    if (bits == 16) {
      ops.opImm(Op.SHRI64, t, t, 16);
    }
    ops.write(i, 0, t);
  }

  // ---------------------------------------------------------------- BMI1, BMI2, ADX

  void andn(Insn i) {
    int y = ops.read(i, 2);
    int inverse = ops.temp();
    ops.op(Op.NOT64, inverse, ops.read(i, 1));
    int d = ops.temp();
    ops.op(Op.AND64, d, inverse, y);
    ops.write(i, 0, d);
    ops.out.emit(Op.SETFI, Flags.kind(Flags.LOGIC, i.bits[0]), d, 0, 0);
  }

  /** BLSI, BLSR, BLSMSK. */
  void lowestBit(Insn i) {
    int bits = i.bits[0];
    int x = ops.readZero(i, 1);
    int t = ops.temp();
    int d = ops.temp();
    if (i.mnemonic == Mnemonic.BLSI) {
      ops.op(Op.NEG64, t, x);
      ops.op(Op.AND64, d, t, x);
    } else {
      ops.opImm(Op.ADDI64, t, x, -1);
      ops.op(i.mnemonic == Mnemonic.BLSR ? Op.AND64 : Op.XOR64, d, t, x);
    }
    int flags = ops.temp();
    ops.call(
        i.mnemonic == Mnemonic.BLSI ? Helper.BLSI_FLAGS : Helper.BLSR_FLAGS, flags, x, d, 0, bits);
    ops.write(i, 0, d);
    ops.op(Op.PUTF, 0, flags);
  }

  /** BEXTR and BZHI: the control is operand 2. */
  void extract(Insn i) {
    int bits = i.bits[0];
    int x = ops.readZero(i, 1);
    int control = ops.read(i, 2);
    int d = ops.temp();
    int flags = ops.temp();
    if (i.mnemonic == Mnemonic.BEXTR) {
      ops.call(Helper.BEXTR, d, x, control, 0, 0);
      ops.call(Helper.ZERO_FLAG, flags, d, 0, 0, 0);
    } else {
      ops.call(Helper.BZHI, d, x, control, 0, bits);
      ops.call(Helper.BZHI_FLAGS, flags, d, control, 0, bits);
    }
    ops.write(i, 0, d);
    ops.op(Op.PUTF, 0, flags);
  }

  void depositExtract(Insn i) {
    int x = ops.readZero(i, 1);
    int mask = ops.readZero(i, 2);
    int d = ops.temp();
    ops.call(i.mnemonic == Mnemonic.PDEP ? Helper.PDEP : Helper.PEXT, d, x, mask, 0, 0);
    ops.write(i, 0, d);
  }

  /** RORX, SARX, SHLX, SHRX: no flags. */
  void flaglessShift(Insn i) {
    boolean wide = i.bits[0] == 64;
    int x = ops.read(i, 1);
    int d = ops.temp();
    switch (i.mnemonic) {
      case RORX -> ops.opImm(wide ? Op.RORI64 : Op.RORI32, d, x, (int) i.imm & (wide ? 63 : 31));
      case SARX -> ops.op(wide ? Op.SAR64 : Op.SAR32, d, x, ops.read(i, 2));
      case SHLX -> ops.op(wide ? Op.SHL64 : Op.SHL32, d, x, ops.read(i, 2));
      default -> ops.op(wide ? Op.SHR64 : Op.SHR32, d, x, ops.read(i, 2));
    }
    ops.writeZero(i, 0, d);
  }

  /**
   * MULX: RDX times operand 2; high half to operand 0, low half to operand 1 (the high one wins if
   * they are the same).
   */
  void mulx(Insn i) {
    int y = ops.readZero(i, 2);
    int x = ops.zeroExtend(Reg.RDX, i.bits[0]);
    int low = ops.temp();
    int high = ops.temp();
    ops.op(Op.MUL64, low, x, y);
    if (i.bits[0] == 64) {
      ops.op(Op.MULHU64, high, x, y);
    } else {
      ops.opImm(Op.SHRI64, high, low, 32);
    }
    ops.write(i, 1, low);
    ops.write(i, 0, high);
  }

  /** ADCX and ADOX: add with CF or OF as the carry, and only that flag written. */
  void addCarry(Insn i) {
    int bits = i.bits[0];
    int x = ops.readZero(i, 0);
    int y = ops.readZero(i, 1);
    int flags = ops.temp();
    ops.op(Op.GETF, flags, 0);
    int carry = ops.temp();
    ops.opImm(Op.SHRI64, carry, flags, i.mnemonic == Mnemonic.ADCX ? 0 : 11);
    ops.opImm(Op.ANDI64, carry, carry, 1);
    int d = ops.temp();
    ops.op(Op.ADD64, d, x, y);
    ops.op(Op.ADD64, d, d, carry);
    int newFlags = ops.temp();
    ops.call(
        i.mnemonic == Mnemonic.ADCX ? Helper.ADCX_FLAGS : Helper.ADOX_FLAGS,
        newFlags,
        flags,
        x,
        y,
        bits);
    ops.write(i, 0, d);
    ops.op(Op.PUTF, 0, newFlags);
  }
}
