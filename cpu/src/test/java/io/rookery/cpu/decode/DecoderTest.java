package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operands and prefixes of single instructions, after the SDM. */
class DecoderTest {
  private static final long ADDRESS = 0x401000;

  private static Insn decode(int mode, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    Insn insn = new Insn();
    new Decoder(mode).decode(bytes, 0, bytes.length, ADDRESS, insn);
    return insn;
  }

  /**
   * Operands in the form of: mnemonic, operand size, then each operand as kind, register, width.
   */
  private static String text(Insn insn) {
    StringBuilder out = new StringBuilder(insn.mnemonic + " " + insn.operandBits);
    for (int i = 0; i < insn.operands; i++) {
      out.append(' ');
      switch (insn.kind[i]) {
        case Insn.GPR -> out.append('g').append(insn.reg[i]).append(':');
        case Insn.GPR_HIGH -> out.append('h').append(insn.reg[i]).append(':');
        case Insn.MEM -> out.append(memory(insn)).append(':');
        case Insn.IMM -> out.append('i').append(insn.imm).append(':');
        case Insn.IMM2 -> out.append('j').append(insn.imm2).append(':');
        case Insn.REL -> out.append("r").append(Long.toHexString(insn.imm)).append(':');
        case Insn.VEC -> out.append('v').append(insn.reg[i]).append(':');
        case Insn.MMX -> out.append('m').append(insn.reg[i]).append(':');
        case Insn.ST -> out.append("st").append(insn.reg[i]).append(':');
        case Insn.SEG -> out.append("seg").append(insn.reg[i]).append(':');
        default -> out.append("c").append(insn.reg[i]).append(':');
      }
      out.append(insn.bits[i]);
    }
    return out.toString();
  }

  private static String memory(Insn insn) {
    String index = insn.vsib >= 0 ? "v" + insn.vsib : Integer.toString(insn.index);
    return String.format(
        "[%d+%s*%d+%x s%d]", insn.base, index, 1 << insn.scale, insn.disp, insn.segment);
  }

  @ParameterizedTest
  @CsvSource({
    "01 d8,                         ADD 32 g0:32 g3:32",
    "66 01 d8,                      ADD 16 g0:16 g3:16",
    "48 01 d8,                      ADD 64 g0:64 g3:64",
    "66 48 01 d8,                   ADD 64 g0:64 g3:64",
    "4d 01 c7,                      ADD 64 g15:64 g8:64",
    "00 e5,                         ADD 32 h1:8 h0:8",
    "40 00 e5,                      ADD 32 g5:8 g4:8",
    "04 80,                         ADD 32 g0:8 i128:8",
    "48 83 c0 80,                   ADD 64 g0:64 i-128:64",
    "48 81 c0 00 00 00 80,          ADD 64 g0:64 i-2147483648:64",
    "8b 44 8b f8,                   MOV 32 g0:32 [3+1*4+fffffffffffffff8 s-1]:32",
    "64 48 8b 04 25 28 00 00 00,    MOV 64 g0:64 [-1+-1*1+28 s4]:64",
    "8b 05 10 00 00 00,             MOV 32 g0:32 [-1+-1*1+401016 s-1]:32",
    "c7 05 10 00 00 00 01 00 00 00, MOV 32 [-1+-1*1+40101a s-1]:32 i1:32",
    "42 8b 04 25 00 00 00 00,       MOV 32 g0:32 [-1+12*1+0 s-1]:32",
    "41 8b 45 00,                   MOV 32 g0:32 [13+-1*1+0 s-1]:32",
    "48 b8 ff ff ff ff ff ff ff 7f, MOV 64 g0:64 i9223372036854775807:64",
    "a1 88 77 66 55 44 33 22 11,    MOV 32 g0:32 [-1+-1*1+1122334455667788 s-1]:32",
    "67 a1 88 77 66 55,             MOV 32 g0:32 [-1+-1*1+55667788 s-1]:32",
    "48 0f b6 c4,                   MOVZX 64 g0:64 g4:8",
    "0f b6 c4,                      MOVZX 32 g0:32 h0:8",
    "48 63 c1,                      MOVSXD 64 g0:64 g1:32",
    "8c d8,                         MOV 32 g0:32 seg3:16",
    "8c 18,                         MOV 32 [0+-1*1+0 s-1]:16 seg3:16",
    "50,                            PUSH 64 g0:64",
    "66 50,                         PUSH 16 g0:16",
    "6a ff,                         PUSH 64 i-1:64",
    "66 e8 00 00 00 00,             CALL 64 r401006:32",
    "eb fe,                         JMP 64 r401000:8",
    "c8 10 00 01,                   ENTER 64 i16:16 j1:8",
    "d1 e0,                         SHL 32 g0:32 i1:8",
    "d1 f0,                         SHL 32 g0:32 i1:8",
    "d3 e0,                         SHL 32 g0:32 g1:8",
    "0f 10 c1,                      MOVUPS 32 v0:128 v1:128",
    "f3 45 0f 10 08,                MOVSS 32 v9:32 [8+-1*1+0 s-1]:32",
    "66 0f 6e c0,                   MOVD 32 v0:128 g0:32",
    "66 48 0f 6e c0,                MOVQ 64 v0:128 g0:64",
    "0f 6f c1,                      MOVQ 32 m0:64 m1:64",
    "66 f2 0f 38 f1 c1,             CRC32 16 g0:32 g1:16",
    "c5 fc 58 c1,                   ADDPS 32 v0:256 v0:256 v1:256",
    "c4 e3 71 4a c2 30,             BLENDVPS 32 v0:128 v1:128 v2:128 v3:128",
    "c4 e2 f9 f7 c1,                SHLX 64 g0:64 g1:64 g0:64",
    "c4 e2 6d 90 04 08,             VPGATHERDD 32 v0:256 [0+v1*1+0 s-1]:32 v2:256",
    "d8 c1,                         FADD 32 st0:80 st1:80",
    "dc c1,                         FADD 32 st1:80 st0:80",
    "dd 00,                         FLD 32 [0+-1*1+0 s-1]:64",
    "0f c7 08,                      CMPXCHG8B 32 [0+-1*1+0 s-1]:64",
    "48 0f c7 08,                   CMPXCHG16B 64 [0+-1*1+0 s-1]:128",
    "f3 48 0f 1e fa,                NOP 64 g2:64",
    "f3 90,                         PAUSE 32",
    "41 90,                         XCHG 32 g8:32 g0:32"
  })
  void operandsIn64BitMode(String hex, String expected) {
    assertEquals(expected, text(decode(64, hex)));
  }

  @ParameterizedTest
  @CsvSource({
    "40,                   INC 32 g0:32",
    "66 40,                INC 16 g0:16",
    "8b 05 10 00 00 00,    MOV 32 g0:32 [-1+-1*1+10 s3]:32",
    "8b 45 00,             MOV 32 g0:32 [5+-1*1+0 s2]:32",
    "65 8b 45 00,          MOV 32 g0:32 [5+-1*1+0 s5]:32",
    "67 8b 42 fe,          MOV 32 g0:32 [5+6*1+fffffffffffffffe s2]:32",
    "67 8b 06 00 80,       MOV 32 g0:32 [-1+-1*1+8000 s3]:32",
    "50,                   PUSH 32 g0:32",
    "eb fe,                JMP 32 r401000:8",
    "66 eb 00,             JMP 16 r1003:8",
    "e8 fb ff bf ff,       CALL 32 r1000:32",
    "9a 78 56 34 12 33 00, CALLF 32 i305419896:32 j51:16",
    "62 00,                BOUND 32 g0:32 [0+-1*1+0 s3]:64",
    "c4 00,                LES 32 g0:32 [0+-1*1+0 s3]:48",
    "c5 fc 58 c1,          ADDPS 32 v0:256 v0:256 v1:256",
    "c4 e1 f9 6e c0,       MOVD 32 v0:128 g0:32",
    "c4 e2 b9 f7 c1,       SHLX 32 g0:32 g1:32 g0:32"
  })
  void operandsIn32BitMode(String hex, String expected) {
    assertEquals(expected, text(decode(32, hex)));
  }

  @ParameterizedTest
  @CsvSource({
    "64, f0 01 d8, LOCK needs a memory destination",
    "64, f0 03 18, LOCK needs a memory destination",
    "64, f0 39 18, CMP has no LOCK form",
    "64, 66 c5 fc 58 c1, VEX after 66",
    "64, 48 c5 fc 58 c1, VEX after REX",
    "64, f0 c5 fc 58 c1, VEX after LOCK",
    "64, c4 e3 78 10 c1 00, map 3 without opcode",
    "64, c5 f0 10 c1, VEX.vvvv is not 1111b",
    "64, c4 e2 75 90 04 08, gather with mask and index the same",
    "64, c4 e2 6d 90 00, gather without SIB",
    "64, 62 f1 7c 48 58 c1, EVEX",
    "64, 8f e8 78 c0 c1 01, XOP",
    "64, 0f 0f c1 9e, 3DNow!",
    "64, 06, PUSH ES in 64-bit mode",
    "64, 8d c0, LEA of a register",
    "64, 8e c8, MOV to CS",
    "64, f3 0f 28 c1, no F3 form",
    "64, 0f 20 c8, CR1",
    "32, 0f 05, SYSCALL outside 64-bit mode",
    "32, 8f c8, POP with another reg field"
  })
  void undefined(int mode, String hex, String why) {
    assertEquals(Mnemonic.INVALID, decode(mode, hex).mnemonic, why);
  }

  @Test
  void onlyTheRexBeforeTheOpcodeCounts() {
    assertEquals("ADD 16 g0:16 g3:16", text(decode(64, "48 66 01 d8")));
    assertEquals("ADD 64 g0:64 g3:64", text(decode(64, "44 48 01 d8")));
  }

  @Test
  void repPrefixes() {
    Insn movs = decode(64, "f3 48 a5");
    assertTrue(movs.rep);
    assertEquals(64, movs.elementBits);
    assertEquals(-1, movs.segment);
    Insn scas = decode(32, "f2 64 ae");
    assertTrue(scas.repne);
    assertEquals(0, scas.segment, "ES cannot be overridden");
    assertEquals(4, decode(32, "64 a6").segment);
    assertEquals(3, decode(32, "a4").segment);
    assertTrue(!decode(64, "f3 0f 58 c1").rep, "mandatory prefixes are no REP");
  }

  @Test
  void conditions() {
    assertEquals(4, decode(64, "74 00").condition);
    assertEquals(15, decode(64, "0f 8f 00 00 00 00").condition);
    assertEquals(5, decode(64, "0f 95 c0").condition);
    assertEquals(12, decode(64, "0f 4c c1").condition);
  }

  /** As processors have it: too long (#GP) comes before undefined (#UD). */
  @Test
  void undefinedInstructionsMayBeTooLong() {
    String memory = "a46a2cc43ce1"; // ModRM, SIB, displacement
    assertEquals(Mnemonic.TOO_LONG, decode(64, "36f3674566470f3a44" + memory + "00").mnemonic);
    assertEquals(Mnemonic.INVALID, decode(64, "f3674566470f3a44" + memory + "00").mnemonic);
    assertEquals(Mnemonic.TOO_LONG, decode(64, "6766646466c4c355e0" + memory + "00").mnemonic);
    assertEquals(Mnemonic.TOO_LONG, decode(64, "64f0364766470f3a63" + memory + "00").mnemonic);
  }

  @Test
  void lengthsAtTheEnds() {
    assertEquals(15, decode(64, "66".repeat(13) + "01d8").length);
    assertEquals(Mnemonic.ADD, decode(64, "66".repeat(13) + "01d8").mnemonic);
    assertEquals(Mnemonic.TOO_LONG, decode(64, "66".repeat(14) + "01d8").mnemonic);
    assertEquals(Mnemonic.TOO_LONG, decode(64, "66".repeat(20)).mnemonic);
    assertEquals(Mnemonic.TRUNCATED, decode(64, "66".repeat(14)).mnemonic);
    assertEquals(Mnemonic.TOO_LONG, decode(64, "66".repeat(15)).mnemonic);
    String longest = "f0 67 48 81 84 25 00 00 00 00 01 00 00 00";
    for (int bytes = 1; bytes < 14; bytes++) {
      Insn cut = decode(64, longest.substring(0, 3 * bytes));
      assertEquals(Mnemonic.TRUNCATED, cut.mnemonic, bytes + " bytes");
      assertEquals(bytes, cut.length);
    }
    assertEquals(14, decode(64, longest).length);
  }

  @Test
  void bytesBehindTheAvailableOnesDecideNothing() {
    byte[] bytes = new byte[64];
    bytes[0] = 0x48;
    bytes[1] = (byte) 0xb8;
    Insn insn = new Insn();
    Decoder decoder = new Decoder(64);
    decoder.decode(bytes, 0, 9, ADDRESS, insn);
    assertEquals(Mnemonic.TRUNCATED, insn.mnemonic);
    decoder.decode(bytes, 0, 10, ADDRESS, insn);
    assertEquals(Mnemonic.MOV, insn.mnemonic);
  }

  @Test
  void addressesWrapAtTheModesEnd() {
    byte[] bytes = {(byte) 0xeb, 0x10};
    Insn insn = new Insn();
    new Decoder(32).decode(bytes, 0, 2, 0xfffffff8L, insn);
    assertEquals(0xaL, insn.imm);
    new Decoder(64).decode(bytes, 0, 2, 0xfffffff8L, insn);
    assertEquals(0x10000000aL, insn.imm);
  }

  @Test
  void modesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> new Decoder(16));
  }

  @Test
  void formatsForLogLines() {
    byte[] bytes = {0x0f, 0x0b, 0x55};
    Insn insn = new Insn();
    new Decoder(64).decode(bytes, 0, bytes.length, ADDRESS, insn);
    assertEquals("0f 0b UD2", InsnFormat.format(bytes, 0, insn));
  }
}
