package io.rookery.cpu.engine;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.GuestFault;
import java.lang.invoke.VarHandle;

/**
 * The micro-ops within a block, in a loop of their own: in one with {@link Interpreter#run}'s,
 * HotSpot computes what any of them might need in front of each, and keeps nothing in a register;
 * and a call for each micro-op takes a quarter of the time of short loops.
 */
final class MicroOps {
  private MicroOps() {}

  /**
   * Executes {@code code}, that of {@code block}, from {@code start} on, up to the micro-op that
   * ends the block.
   *
   * @return where that is; or, inverted, where to go on when a store has changed the block
   * @throws GuestFault by the micro-op at {@link ThreadContext#at}
   */
  static int execute(
      CpuState s, ThreadContext context, long[] r, Block block, long[] code, int start) {
    int pc = start;
    try {
      while (true) {
        long w = code[pc];
        int op = Op.op(w);
        if (op >= Op.JMP && op < Fused.STRAIGHT) {
          return pc;
        }
        int d = Op.d(w);
        int a = Op.a(w);
        int b = Op.b(w);
        int imm = Op.imm(w);
        int longs = 1;
        boolean stored = false;
        switch (op) {
          case Op.MOV -> r[d] = r[a];
          case Op.MOVI -> r[d] = imm;
          case Op.MOVI64 -> {
            r[d] = code[pc + 1];
            longs = 2;
          }
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
            s.flagsKind = imm;
            s.flagsX = r[a];
            s.flagsY = r[b];
          }
          case Op.SETFI -> {
            s.flagsKind = d;
            s.flagsX = r[a];
            s.flagsY = imm;
          }
          case Op.SETFNZ -> {
            if (r[b] != 0) {
              s.flagsKind = imm;
              s.flagsX = r[a];
              s.flagsY = r[b];
            }
          }
          case Op.SETFC -> {
            s.flagsKind = r[d] == 0 ? imm : imm + (Flags.ADC1 - Flags.ADD);
            s.flagsX = r[a];
            s.flagsY = r[b];
          }
          case Op.GETF -> r[d] = Flags.status(s.flagsKind, s.flagsX, s.flagsY);
          case Op.PUTF -> {
            s.flagsKind = Flags.RAW;
            s.flagsX = r[a];
            s.flagsY = 0;
          }
          case Op.GETCF -> r[d] = Flags.carry(s.flagsKind, s.flagsX, s.flagsY);
          case Op.SETCC -> r[d] = Flags.test(imm, s.flagsKind, s.flagsX, s.flagsY) ? 1 : 0;
          case Op.CMOV -> {
            if (Flags.test(imm, s.flagsKind, s.flagsX, s.flagsY)) {
              r[d] = r[a];
            }
          }
          case Op.LOAD8 -> GuestMemory.load8(s, r, w);
          case Op.LOAD16 -> GuestMemory.load16(s, r, w);
          case Op.LOAD32 -> GuestMemory.load32(s, r, w);
          case Op.LOAD64 -> GuestMemory.load64(s, r, w);
          case Op.LOAD8S -> GuestMemory.load8Signed(s, r, w);
          case Op.LOAD16S -> GuestMemory.load16Signed(s, r, w);
          case Op.LOAD32S -> GuestMemory.load32Signed(s, r, w);
          case Op.LOAD128 -> GuestMemory.load128(s, r, w);
          case Op.LOAD256 -> GuestMemory.load256(s, r, w);
          case Op.STORE8 -> {
            GuestMemory.store8(s, r, w);
            stored = true;
          }
          case Op.STORE16 -> {
            GuestMemory.store16(s, r, w);
            stored = true;
          }
          case Op.STORE32 -> {
            GuestMemory.store32(s, r, w);
            stored = true;
          }
          case Op.STORE64 -> {
            GuestMemory.store64(s, r, w);
            stored = true;
          }
          case Op.STORE128, Op.STORE256, Op.XADD, Op.XCHG, Op.XAND, Op.XOR, Op.XXOR, Op.CAS -> {
            GuestMemory.rare(s, r, w);
            stored = true;
          }
          case Op.ALIGN16, Op.ALIGN32 -> GuestMemory.requireAligned(r, w);
          case Op.FENCE -> VarHandle.fullFence();
          case Op.H1, Op.H2, Op.H3, Op.H4, Op.EXEC -> HelperCalls.call(s, r, w);
          case Fused.ADDF64 -> {
            s.flagsKind = Flags.ADD | 3;
            s.flagsX = r[a];
            s.flagsY = r[b];
            r[d] = s.flagsX + s.flagsY;
          }
          case Fused.ADDF32 -> {
            s.flagsKind = Flags.ADD | 2;
            s.flagsX = r[a];
            s.flagsY = r[b];
            r[d] = s.flagsX + s.flagsY & 0xffffffffL;
          }
          case Fused.ADDIF64 -> {
            s.flagsKind = Flags.ADD | 3;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = s.flagsX + imm;
          }
          case Fused.ADDIF32 -> {
            s.flagsKind = Flags.ADD | 2;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = s.flagsX + imm & 0xffffffffL;
          }
          case Fused.SUBF64 -> {
            s.flagsKind = Flags.SUB | 3;
            s.flagsX = r[a];
            s.flagsY = r[b];
            r[d] = s.flagsX - s.flagsY;
          }
          case Fused.SUBF32 -> {
            s.flagsKind = Flags.SUB | 2;
            s.flagsX = r[a];
            s.flagsY = r[b];
            r[d] = s.flagsX - s.flagsY & 0xffffffffL;
          }
          case Fused.SUBIF64 -> {
            s.flagsKind = Flags.SUB | 3;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = s.flagsX - imm;
          }
          case Fused.SUBIF32 -> {
            s.flagsKind = Flags.SUB | 2;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = s.flagsX - imm & 0xffffffffL;
          }
          case Fused.ANDF64 -> {
            s.flagsKind = Flags.LOGIC | 3;
            s.flagsX = r[a] & r[b];
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.ANDF32 -> {
            s.flagsKind = Flags.LOGIC | 2;
            s.flagsX = r[a] & r[b] & 0xffffffffL;
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.ORF64 -> {
            s.flagsKind = Flags.LOGIC | 3;
            s.flagsX = r[a] | r[b];
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.ORF32 -> {
            s.flagsKind = Flags.LOGIC | 2;
            s.flagsX = (r[a] | r[b]) & 0xffffffffL;
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.XORF64 -> {
            s.flagsKind = Flags.LOGIC | 3;
            s.flagsX = r[a] ^ r[b];
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.XORF32 -> {
            s.flagsKind = Flags.LOGIC | 2;
            s.flagsX = (r[a] ^ r[b]) & 0xffffffffL;
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.ANDIF64 -> {
            s.flagsKind = Flags.LOGIC | 3;
            s.flagsX = r[a] & imm;
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.ANDIF32 -> {
            s.flagsKind = Flags.LOGIC | 2;
            s.flagsX = r[a] & imm & 0xffffffffL;
            s.flagsY = 0;
            r[d] = s.flagsX;
          }
          case Fused.SHLIF64 -> {
            s.flagsKind = Flags.SHL | 3;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = s.flagsX << imm;
          }
          case Fused.SHLIF32 -> {
            s.flagsKind = Flags.SHL | 2;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = (int) s.flagsX << imm & 0xffffffffL;
          }
          case Fused.SHRIF64 -> {
            s.flagsKind = Flags.SHR | 3;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = s.flagsX >>> imm;
          }
          case Fused.SHRIF32 -> {
            s.flagsKind = Flags.SHR | 2;
            s.flagsX = r[a];
            s.flagsY = imm;
            r[d] = (int) s.flagsX >>> imm & 0xffffffffL;
          }
          case Fused.PUSH64 -> {
            GuestMemory.push(s, r, r[d]);
            stored = true;
          }
          case Fused.POP64 -> {
            long value = GuestMemory.top(s, r);
            r[Reg.RSP] += 8;
            r[d] = value;
          }
          case Fused.LOAD64_AT -> {
            r[a] = code[pc + 1];
            r[d] = GuestMemory.load64(s, r[a]);
            longs = 2;
          }
          case Fused.LOAD32_AT -> {
            r[a] = code[pc + 1];
            r[d] = GuestMemory.load32(s, r[a]);
            longs = 2;
          }
          case Fused.LOAD8_AT -> {
            r[a] = code[pc + 1];
            r[d] = GuestMemory.load8(s, r[a]);
            longs = 2;
          }
          default -> throw new IllegalStateException("micro-op " + Op.op(w));
        }
        pc += longs;
        if (stored && !block.valid) {
          return ~pc;
        }
      }
    } catch (GuestFault fault) {
      context.at = pc;
      throw fault;
    }
  }
}
