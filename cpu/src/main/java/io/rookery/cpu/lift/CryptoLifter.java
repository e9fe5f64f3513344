package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.helper.StringCompare;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** AES, PCLMULQDQ, SHA, CRC32 and the string comparisons of SSE4.2. */
final class CryptoLifter {
  private final Operands ops;
  private final Vectors v;

  CryptoLifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is of this family. */
  boolean lift(Insn i) {
    switch (i.mnemonic) {
      case AESENC -> aes(i, Helper.AESENC);
      case AESENCLAST -> aes(i, Helper.AESENCLAST);
      case AESDEC -> aes(i, Helper.AESDEC);
      case AESDECLAST -> aes(i, Helper.AESDECLAST);
      case AESIMC -> perQuad(i, Helper.AESIMC);
      case AESKEYGENASSIST -> perQuad(i, Helper.AESKEYGENASSIST);
      case PCLMULQDQ -> pclmulqdq(i);
      case SHA1RNDS4 -> sha(i, Helper.SHA1RNDS4);
      case SHA1NEXTE -> sha(i, Helper.SHA1NEXTE);
      case SHA1MSG1 -> sha(i, Helper.SHA1MSG1);
      case SHA1MSG2 -> sha(i, Helper.SHA1MSG2);
      case SHA256RNDS2 -> sha256rnds2(i);
      case SHA256MSG1 -> sha256msg1(i);
      case SHA256MSG2 -> sha256msg2(i);
      case CRC32 -> crc32(i);
      case PCMPESTRI -> compareStrings(i, StringCompare.EXPLICIT);
      case PCMPESTRM -> compareStrings(i, StringCompare.EXPLICIT | StringCompare.MASK);
      case PCMPISTRI -> compareStrings(i, 0);
      case PCMPISTRM -> compareStrings(i, StringCompare.MASK);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void aes(Insn i, Helper helper) {
    int key = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    v.h3(helper, t, a, a + 1, key);
    v.h3(helper, d + 1, a + 1, a, key + 1);
    ops.op(Op.MOV, d, t);
    v.finish(i);
  }

  private void perQuad(Insn i, Helper helper) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    for (int q = 0; q < 2; q++) {
      v.h1(helper, d + q, a + q, (int) i.imm);
    }
    v.finish(i);
  }

  private void pclmulqdq(Insn i) {
    int b = v.second(i) + ((int) i.imm >> 4 & 1);
    int a = v.first(i) + ((int) i.imm & 1);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    v.h2(Helper.CLMUL_LOW, t, a, b);
    v.h2(Helper.CLMUL_HIGH, d + 1, a, b);
    ops.op(Op.MOV, d, t);
    v.finish(i);
  }

  private void sha(Insn i, Helper helper) {
    int b = v.source(i, 1);
    v.exec(helper, Vectors.register(i, 0), Reg.vector(0, 0), b, (int) i.imm & 3);
  }

  /** Destination: c d, g h; source: a b, e f; XMM0: two words with their constants. */
  private void sha256rnds2(Insn i) {
    int b = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int wkh = ops.temp();
    int t1 = ops.temp();
    int ef = ops.temp();
    v.h2(Helper.PADDD, wkh, d, Reg.vector(0, 0));
    v.h4(Helper.SHA256ROUNDS, t1, b, d, d + 1, wkh);
    v.h2(Helper.PADDD, ef, t1, d + 1);
    v.h3(Helper.SHA256STATE, d + 1, b + 1, d + 1, t1);
    ops.op(Op.MOV, d, ef);
  }

  private void sha256msg1(Insn i) {
    int b = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    v.h2(Helper.SHA256MSG1, t, d, d + 1);
    v.h2(Helper.SHA256MSG1, d + 1, d + 1, b);
    ops.op(Op.MOV, d, t);
  }

  /** The upper two words depend on the lower two. */
  private void sha256msg2(Insn i) {
    int b = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    v.h2(Helper.SHA256MSG2, t, d, b + 1);
    v.h2(Helper.SHA256MSG2, d + 1, d + 1, t);
    ops.op(Op.MOV, d, t);
  }

  private void crc32(Insn i) {
    int value = ops.read(i, 1);
    v.h2(Helper.CRC32C, i.reg[0], i.reg[0], value, i.bits[1] / 8);
  }

  private void compareStrings(Insn i, int kind) {
    int b = v.source(i, 1, false);
    int flags = ops.temp();
    int wide = i.operandBits == 64 ? StringCompare.WIDE : 0;
    v.exec(Helper.PCMPSTR, flags, Vectors.register(i, 0), b, ((int) i.imm & 0xff) | kind | wide);
    if (i.vex && (kind & StringCompare.MASK) != 0) {
      v.clearUpper(Reg.vector(0, 0));
    }
    ops.op(Op.PUTF, 0, flags);
  }
}
