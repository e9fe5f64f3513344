package io.rookery.cpu.engine;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.helper.HelperDispatch;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Runs blocks: one switch over packed micro-ops. {@link #run} must stay under 8,000 bytes of
 * bytecode, above which HotSpot compiles nothing; so rare work is in methods of its own. Stateless
 * but for its thread's tables; one per guest thread.
 */
final class Interpreter {
  /** Why {@link #run} came back; the whole state is in the {@link CpuState}. */
  static final int FAULT = 0;

  static final int ATTENTION = 1;
  static final int UNWOUND = 2;

  /** The block at {@code rip}, which is {@link ThreadContext#block}, used up its heat. */
  static final int HOT = 3;

  private Interpreter() {}

  static int run(CpuState s, ThreadContext context, Block first) {
    long[] r = s.r;
    long base = s.base;
    long perms = s.perms;
    long pages = s.pages;
    AddressSpace space = s.space;
    int kind = s.flagsKind;
    long fx = s.flagsX;
    long fy = s.flagsY;
    Block block = first;
    long[] code = block.code;
    int pc = 0;
    try {
      while (true) {
        long target;
        Block next;
        ops:
        while (true) {
          long w = code[pc++];
          int d = (int) w >>> 8 & 0xff;
          int a = (int) w >>> 16 & 0xff;
          int b = (int) w >>> 24;
          int imm = (int) (w >> 32);
          switch ((int) w & 0xff) {
            case Op.MOV -> r[d] = r[a];
            case Op.MOVI -> r[d] = imm;
            case Op.MOVI64 -> r[d] = code[pc++];
            case Op.ZX8 -> r[d] = r[a] & 0xff;
            case Op.ZX16 -> r[d] = r[a] & 0xffff;
            case Op.ZX32 -> r[d] = r[a] & 0xffffffffL;
            case Op.SX8 -> r[d] = (byte) r[a];
            case Op.SX16 -> r[d] = (short) r[a];
            case Op.SX32 -> r[d] = (int) r[a];
            case Op.EXT8H -> r[d] = r[a] >>> 8 & 0xff;
            case Op.INS8 -> r[d] = r[d] & ~0xffL | r[a] & 0xff;
            case Op.INS8H -> r[d] = r[d] & ~0xff00L | (r[a] & 0xff) << 8;
            case Op.INS16 -> r[d] = r[d] & ~0xffffL | r[a] & 0xffff;
            case Op.LEA64 -> r[d] = r[a] + (r[b & 63] << (b >>> 6)) + imm;
            case Op.LEA32 -> r[d] = r[a] + (r[b & 63] << (b >>> 6)) + imm & 0xffffffffL;
            case Op.ADD64 -> r[d] = r[a] + r[b];
            case Op.SUB64 -> r[d] = r[a] - r[b];
            case Op.AND64 -> r[d] = r[a] & r[b];
            case Op.OR64 -> r[d] = r[a] | r[b];
            case Op.XOR64 -> r[d] = r[a] ^ r[b];
            case Op.MUL64 -> r[d] = r[a] * r[b];
            case Op.SHL64 -> r[d] = r[a] << r[b];
            case Op.SHR64 -> r[d] = r[a] >>> r[b];
            case Op.SAR64 -> r[d] = r[a] >> r[b];
            case Op.ROL64 -> r[d] = Long.rotateLeft(r[a], (int) r[b]);
            case Op.ROR64 -> r[d] = Long.rotateRight(r[a], (int) r[b]);
            case Op.ADD32 -> r[d] = r[a] + r[b] & 0xffffffffL;
            case Op.SUB32 -> r[d] = r[a] - r[b] & 0xffffffffL;
            case Op.AND32 -> r[d] = r[a] & r[b] & 0xffffffffL;
            case Op.OR32 -> r[d] = (r[a] | r[b]) & 0xffffffffL;
            case Op.XOR32 -> r[d] = (r[a] ^ r[b]) & 0xffffffffL;
            case Op.MUL32 -> r[d] = r[a] * r[b] & 0xffffffffL;
            case Op.SHL32 -> r[d] = (int) r[a] << (int) r[b] & 0xffffffffL;
            case Op.SHR32 -> r[d] = (int) r[a] >>> (int) r[b] & 0xffffffffL;
            case Op.SAR32 -> r[d] = (int) r[a] >> (int) r[b] & 0xffffffffL;
            case Op.ROL32 -> r[d] = Integer.rotateLeft((int) r[a], (int) r[b]) & 0xffffffffL;
            case Op.ROR32 -> r[d] = Integer.rotateRight((int) r[a], (int) r[b]) & 0xffffffffL;
            case Op.ADDI64 -> r[d] = r[a] + imm;
            case Op.ANDI64 -> r[d] = r[a] & imm;
            case Op.ORI64 -> r[d] = r[a] | imm;
            case Op.XORI64 -> r[d] = r[a] ^ imm;
            case Op.MULI64 -> r[d] = r[a] * imm;
            case Op.SHLI64 -> r[d] = r[a] << imm;
            case Op.SHRI64 -> r[d] = r[a] >>> imm;
            case Op.SARI64 -> r[d] = r[a] >> imm;
            case Op.ROLI64 -> r[d] = Long.rotateLeft(r[a], imm);
            case Op.RORI64 -> r[d] = Long.rotateRight(r[a], imm);
            case Op.ADDI32 -> r[d] = r[a] + imm & 0xffffffffL;
            case Op.ANDI32 -> r[d] = r[a] & imm & 0xffffffffL;
            case Op.ORI32 -> r[d] = (r[a] | imm) & 0xffffffffL;
            case Op.XORI32 -> r[d] = (r[a] ^ imm) & 0xffffffffL;
            case Op.MULI32 -> r[d] = r[a] * imm & 0xffffffffL;
            case Op.SHLI32 -> r[d] = (int) r[a] << imm & 0xffffffffL;
            case Op.SHRI32 -> r[d] = (int) r[a] >>> imm & 0xffffffffL;
            case Op.SARI32 -> r[d] = (int) r[a] >> imm & 0xffffffffL;
            case Op.ROLI32 -> r[d] = Integer.rotateLeft((int) r[a], imm) & 0xffffffffL;
            case Op.RORI32 -> r[d] = Integer.rotateRight((int) r[a], imm) & 0xffffffffL;
            case Op.NEG64 -> r[d] = -r[a];
            case Op.NEG32 -> r[d] = -r[a] & 0xffffffffL;
            case Op.NOT64 -> r[d] = ~r[a];
            case Op.NOT32 -> r[d] = ~r[a] & 0xffffffffL;
            case Op.BSWAP64 -> r[d] = Long.reverseBytes(r[a]);
            case Op.BSWAP32 -> r[d] = Integer.reverseBytes((int) r[a]) & 0xffffffffL;
            case Op.MULHU64 -> r[d] = Math.unsignedMultiplyHigh(r[a], r[b]);
            case Op.MULHS64 -> r[d] = Math.multiplyHigh(r[a], r[b]);
            case Op.SETF -> {
              kind = imm;
              fx = r[a];
              fy = r[b];
            }
            case Op.SETFI -> {
              kind = d;
              fx = r[a];
              fy = imm;
            }
            case Op.SETFNZ -> {
              if (r[b] != 0) {
                kind = imm;
                fx = r[a];
                fy = r[b];
              }
            }
            case Op.SETFC -> {
              kind = r[d] == 0 ? imm : imm + (Flags.ADC1 - Flags.ADD);
              fx = r[a];
              fy = r[b];
            }
            case Op.GETF -> r[d] = Flags.status(kind, fx, fy);
            case Op.PUTF -> {
              kind = Flags.RAW;
              fx = r[a];
              fy = 0;
            }
            case Op.GETCF -> r[d] = Flags.carry(kind, fx, fy);
            case Op.SETCC -> r[d] = Flags.test(imm, kind, fx, fy) ? 1 : 0;
            case Op.CMOV -> {
              if (Flags.test(imm, kind, fx, fy)) {
                r[d] = r[a];
              }
            }
            case Op.LOAD8 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = Access.load8(at, base, perms, pages, space);
            }
            case Op.LOAD16 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = Access.load16(at, base, perms, pages, space);
            }
            case Op.LOAD32 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = Access.load32(at, base, perms, pages, space);
            }
            case Op.LOAD64 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = Access.load64(at, base, perms, pages, space);
            }
            case Op.LOAD8S -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = (byte) Access.load8(at, base, perms, pages, space);
            }
            case Op.LOAD16S -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = (short) Access.load16(at, base, perms, pages, space);
            }
            case Op.LOAD32S -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              r[d] = (int) Access.load32(at, base, perms, pages, space);
            }
            case Op.LOAD128 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              long low = Access.load64(at, base, perms, pages, space);
              r[d + 1] = Access.load64(at + 8, base, perms, pages, space);
              r[d] = low;
            }
            case Op.LOAD256 -> load256(s, d, r[a] + (r[b & 63] << (b >>> 6)) + imm);
            case Op.STORE8 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              Access.store8(at, r[d], base, perms, pages, space);
              if (!block.valid) {
                block = remainder(block, pc);
                code = block.code;
                pc = 0;
              }
            }
            case Op.STORE16 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              Access.store16(at, r[d], base, perms, pages, space);
              if (!block.valid) {
                block = remainder(block, pc);
                code = block.code;
                pc = 0;
              }
            }
            case Op.STORE32 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              Access.store32(at, r[d], base, perms, pages, space);
              if (!block.valid) {
                block = remainder(block, pc);
                code = block.code;
                pc = 0;
              }
            }
            case Op.STORE64 -> {
              long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
              Access.store64(at, r[d], base, perms, pages, space);
              if (!block.valid) {
                block = remainder(block, pc);
                code = block.code;
                pc = 0;
              }
            }
            case Op.STORE128, Op.STORE256, Op.XADD, Op.XCHG, Op.XAND, Op.XOR, Op.XXOR, Op.CAS -> {
              rareMemory(s, w);
              if (!block.valid) {
                block = remainder(block, pc);
                code = block.code;
                pc = 0;
              }
            }
            case Op.ALIGN16 -> {
              if ((r[a] + (r[b & 63] << (b >>> 6)) + imm & 15) != 0) {
                throw new CpuFault(CpuFault.GENERAL_PROTECTION);
              }
            }
            case Op.ALIGN32 -> {
              if ((r[a] + (r[b & 63] << (b >>> 6)) + imm & 31) != 0) {
                throw new CpuFault(CpuFault.GENERAL_PROTECTION);
              }
            }
            case Op.FENCE -> VarHandle.fullFence();
            case Op.H1 -> r[d] = HelperDispatch.call1(imm & 0xfff, r[a], imm >>> 20 & 0xff, s);
            case Op.H2 ->
                r[d] = HelperDispatch.call2(imm & 0xfff, r[a], r[b], imm >>> 20 & 0xff, s);
            case Op.H3 ->
                r[d] =
                    HelperDispatch.call3(
                        imm & 0xfff, r[a], r[b], r[imm >>> 12 & 0xff], imm >>> 20 & 0xff, s);
            case Op.H4 ->
                r[d] =
                    HelperDispatch.call4(
                        imm & 0xfff, r[a], r[b], r[imm >>> 12 & 0xff], r[imm >>> 20 & 0xff], s);
            case Op.EXEC -> {
              s.flagsKind = kind;
              s.flagsX = fx;
              s.flagsY = fy;
              HelperDispatch.exec(imm & 0xfff, s, d, a, b, imm >> 12);
              kind = s.flagsKind;
              fx = s.flagsX;
              fy = s.flagsY;
            }
            case Op.JMP, Op.CALL -> {
              target = code[pc];
              next = block.next0;
              break ops;
            }
            case Op.JCC -> {
              if (Flags.test(d, kind, fx, fy)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Op.JNZ -> {
              if (r[a] != 0) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Op.JMPR -> {
              target = r[a];
              next = block.next0;
              if (next == null || next.rip != target) {
                next = context.table.find(target);
                block.jumpsTo(target);
                block.next0 = next;
              }
              break ops;
            }
            case Op.CALLR, Op.RET -> {
              target = r[a];
              next = context.table.find(target);
              break ops;
            }
            case Op.SYSCALL -> {
              target = code[pc];
              next = block.next0;
              s.flagsKind = kind;
              s.flagsX = fx;
              s.flagsY = fy;
              s.rip = target;
              if (!s.port.systemCall(s, imm)) {
                return UNWOUND;
              }
              break ops;
            }
            case Op.TRAP -> {
              s.flagsKind = kind;
              s.flagsX = fx;
              s.flagsY = fy;
              s.rip = code[pc];
              s.fault = new CpuFault(imm);
              return FAULT;
            }
            case Fused.CMPJ + 2 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) < (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 3 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) >= (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 4 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if (fx << shift == fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 5 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if (fx << shift != fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 6 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) <= (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 7 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) > (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 12 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if (fx << shift < fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 13 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if (fx << shift >= fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 14 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if (fx << shift <= fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJ + 15 -> {
              kind = d;
              fx = r[a];
              fy = r[b];
              int shift = 64 - (8 << (d & 3));
              if (fx << shift > fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 2 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) < (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 3 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) >= (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 4 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if (fx << shift == fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 5 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if (fx << shift != fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 6 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) <= (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 7 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if ((fx << shift ^ Long.MIN_VALUE) > (fy << shift ^ Long.MIN_VALUE)) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 12 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if (fx << shift < fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 13 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if (fx << shift >= fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 14 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if (fx << shift <= fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.CMPJI + 15 -> {
              kind = d;
              fx = r[a];
              fy = imm;
              int shift = 64 - (8 << (d & 3));
              if (fx << shift > fy << shift) {
                target = code[pc];
                next = block.next0;
              } else {
                target = code[pc + 1];
                next = block.next1;
              }
              break ops;
            }
            case Fused.ADDF64 -> {
              kind = Flags.ADD | 3;
              fx = r[a];
              fy = r[b];
              r[d] = fx + fy;
            }
            case Fused.ADDF32 -> {
              kind = Flags.ADD | 2;
              fx = r[a];
              fy = r[b];
              r[d] = fx + fy & 0xffffffffL;
            }
            case Fused.ADDIF64 -> {
              kind = Flags.ADD | 3;
              fx = r[a];
              fy = imm;
              r[d] = fx + imm;
            }
            case Fused.ADDIF32 -> {
              kind = Flags.ADD | 2;
              fx = r[a];
              fy = imm;
              r[d] = fx + imm & 0xffffffffL;
            }
            case Fused.SUBF64 -> {
              kind = Flags.SUB | 3;
              fx = r[a];
              fy = r[b];
              r[d] = fx - fy;
            }
            case Fused.SUBF32 -> {
              kind = Flags.SUB | 2;
              fx = r[a];
              fy = r[b];
              r[d] = fx - fy & 0xffffffffL;
            }
            case Fused.SUBIF64 -> {
              kind = Flags.SUB | 3;
              fx = r[a];
              fy = imm;
              r[d] = fx - imm;
            }
            case Fused.SUBIF32 -> {
              kind = Flags.SUB | 2;
              fx = r[a];
              fy = imm;
              r[d] = fx - imm & 0xffffffffL;
            }
            case Fused.ANDF64 -> {
              kind = Flags.LOGIC | 3;
              fx = r[a] & r[b];
              fy = 0;
              r[d] = fx;
            }
            case Fused.ANDF32 -> {
              kind = Flags.LOGIC | 2;
              fx = r[a] & r[b] & 0xffffffffL;
              fy = 0;
              r[d] = fx;
            }
            case Fused.ORF64 -> {
              kind = Flags.LOGIC | 3;
              fx = r[a] | r[b];
              fy = 0;
              r[d] = fx;
            }
            case Fused.ORF32 -> {
              kind = Flags.LOGIC | 2;
              fx = (r[a] | r[b]) & 0xffffffffL;
              fy = 0;
              r[d] = fx;
            }
            case Fused.XORF64 -> {
              kind = Flags.LOGIC | 3;
              fx = r[a] ^ r[b];
              fy = 0;
              r[d] = fx;
            }
            case Fused.XORF32 -> {
              kind = Flags.LOGIC | 2;
              fx = (r[a] ^ r[b]) & 0xffffffffL;
              fy = 0;
              r[d] = fx;
            }
            case Fused.ANDIF64 -> {
              kind = Flags.LOGIC | 3;
              fx = r[a] & imm;
              fy = 0;
              r[d] = fx;
            }
            case Fused.ANDIF32 -> {
              kind = Flags.LOGIC | 2;
              fx = r[a] & imm & 0xffffffffL;
              fy = 0;
              r[d] = fx;
            }
            case Fused.SHLIF64 -> {
              kind = Flags.SHL | 3;
              fx = r[a];
              fy = imm;
              r[d] = fx << imm;
            }
            case Fused.SHLIF32 -> {
              kind = Flags.SHL | 2;
              fx = r[a];
              fy = imm;
              r[d] = (int) fx << imm & 0xffffffffL;
            }
            case Fused.SHRIF64 -> {
              kind = Flags.SHR | 3;
              fx = r[a];
              fy = imm;
              r[d] = fx >>> imm;
            }
            case Fused.SHRIF32 -> {
              kind = Flags.SHR | 2;
              fx = r[a];
              fy = imm;
              r[d] = (int) fx >>> imm & 0xffffffffL;
            }
            case Fused.PUSH64 -> {
              long at = r[Reg.RSP] - 8;
              Access.store64(at, r[d], base, perms, pages, space);
              r[Reg.RSP] = at;
              if (!block.valid) {
                block = remainder(block, pc);
                code = block.code;
                pc = 0;
              }
            }
            case Fused.POP64 -> {
              long value = Access.load64(r[Reg.RSP], base, perms, pages, space);
              r[Reg.RSP] += 8;
              r[d] = value;
            }
            case Fused.PUSH_CALL -> {
              long at = r[Reg.RSP] - 8;
              Access.store64(at, code[pc + 1], base, perms, pages, space);
              r[Reg.RSP] = at;
              target = code[pc];
              next = block.next0;
              break ops;
            }
            case Fused.POP_RET -> {
              target = Access.load64(r[Reg.RSP], base, perms, pages, space);
              r[Reg.RSP] += imm;
              next = context.table.find(target);
              break ops;
            }
            case Fused.LOAD64_AT -> {
              r[a] = code[pc++];
              r[d] = Access.load64(r[a], base, perms, pages, space);
            }
            case Fused.LOAD32_AT -> {
              r[a] = code[pc++];
              r[d] = Access.load32(r[a], base, perms, pages, space);
            }
            case Fused.LOAD8_AT -> {
              r[a] = code[pc++];
              r[d] = Access.load8(r[a], base, perms, pages, space);
            }
            default -> throw new IllegalStateException("micro-op " + ((int) w & 0xff));
          }
        }
        if (next == null || !next.valid || next.rip != target) {
          // Should the target not be fetchable, the fault is the target's, not the branch's.
          s.rip = target;
          next = context.successor(s, block, target, pc - 1);
          if (next == null) {
            s.flagsKind = kind;
            s.flagsX = fx;
            s.flagsY = fy;
            return FAULT;
          }
        }
        block = next;
        code = block.code;
        pc = 0;
        if (s.attention != 0 || --block.heat < 0) {
          s.flagsKind = kind;
          s.flagsX = fx;
          s.flagsY = fy;
          s.rip = block.rip;
          context.block = block;
          return s.attention != 0 ? ATTENTION : HOT;
        }
      }
    } catch (GuestFault fault) {
      // A state helper that faulted has left the flags as they shall be.
      if (Op.op(code[pc - 1]) != Op.EXEC) {
        s.flagsKind = kind;
        s.flagsX = fx;
        s.flagsY = fy;
      }
      s.rip = block.rip + block.origin[pc - 1];
      s.fault = fault;
      return FAULT;
    }
  }

  private static void load256(CpuState s, int d, long at) {
    long q0 = Access.load64(at, s.base, s.perms, s.pages, s.space);
    long q1 = Access.load64(at + 8, s.base, s.perms, s.pages, s.space);
    long q2 = Access.load64(at + 16, s.base, s.perms, s.pages, s.space);
    s.r[d + 3] = Access.load64(at + 24, s.base, s.perms, s.pages, s.space);
    s.r[d] = q0;
    s.r[d + 1] = q1;
    s.r[d + 2] = q2;
  }

  /** Vector stores and atomics. */
  private static void rareMemory(CpuState s, long w) {
    long[] r = s.r;
    int d = Op.d(w);
    int a = Op.a(w);
    int b = Op.b(w);
    int imm = Op.imm(w);
    AddressSpace space = s.space;
    switch (Op.op(w)) {
      case Op.STORE128 -> {
        long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
        Access.store128(at, r[d], r[d + 1], s.base, s.perms, s.pages, space);
      }
      case Op.STORE256 -> {
        long at = r[a] + (r[b & 63] << (b >>> 6)) + imm;
        Access.store256(at, r[d], r[d + 1], r[d + 2], r[d + 3], s.base, s.perms, s.pages, space);
      }
      case Op.XADD -> r[d] = Access.getAndAdd(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XCHG -> r[d] = Access.getAndSet(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XAND -> r[d] = Access.getAndAnd(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XOR -> r[d] = Access.getAndOr(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XXOR -> r[d] = Access.getAndXor(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      default ->
          r[d] = Access.compareAndExchange(r[a], r[d], r[b], imm, s.base, s.perms, s.pages, space);
    }
  }

  /**
   * The block has changed under the instruction whose store came before {@code pc}: a block of the
   * rest of that instruction, which then goes on with the new code. Never linked, never found
   * again.
   */
  private static Block remainder(Block block, int pc) {
    int origin = block.origin[pc - 1];
    int end = pc;
    while (end < block.code.length && block.origin[end] == origin) {
      end++;
    }
    if (end == block.code.length) {
      long[] rest = Arrays.copyOfRange(block.code, pc, end);
      short[] origins = new short[rest.length];
      return detached(block, origin, rest, origins);
    }
    long[] rest = Arrays.copyOfRange(block.code, pc, end + 2);
    rest[end - pc] = Op.encode(Op.JMP, 0, 0, 0, 0);
    rest[end - pc + 1] = block.rip + block.origin[end];
    return detached(block, origin, rest, new short[rest.length]);
  }

  private static Block detached(Block block, int origin, long[] code, short[] origins) {
    return new Block(block.rip + origin, new BlockCode(code, origins, 0, 0), 0);
  }

  /**
   * Which successor link a block-ending micro-op at index {@code at} uses for {@code target}: 0, 1,
   * or -1 for none.
   */
  static int link(Block block, int at, long target) {
    long[] code = block.code;
    return switch (Op.op(code[at])) {
      case Op.JMP, Op.CALL, Op.SYSCALL, Fused.PUSH_CALL -> 0;
      case Op.JCC, Op.JNZ -> code[at + 1] == target ? 0 : 1;
      default -> {
        boolean jump = Op.op(code[at]) >= Fused.CMPJ && Op.op(code[at]) < Fused.CMPJI + 16;
        yield !jump ? -1 : code[at + 1] == target ? 0 : 1;
      }
    };
  }
}
