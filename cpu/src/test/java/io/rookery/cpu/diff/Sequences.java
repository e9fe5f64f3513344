package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Decoder;
import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.ir.Flags;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random straight pieces of integer code, some with a conditional branch at their end. */
final class Sequences {
  /** Room before the branch target, less a long instruction, a branch and the way back. */
  private static final int MAX_BYTES = EncodingForms.BRANCH_DISTANCE - 29;

  /** Flags that a condition reads, by its code without the lowest bit. */
  private static final int[] CONDITION_FLAGS = {
    Flags.OF,
    Flags.CF,
    Flags.ZF,
    Flags.CF | Flags.ZF,
    Flags.SF,
    Flags.PF,
    Flags.SF | Flags.OF,
    Flags.SF | Flags.OF | Flags.ZF
  };

  private final Random random;
  private final EncodingForms encoder;
  private final List<Form> forms = new ArrayList<>();
  private final List<Form> branches = new ArrayList<>();
  private final Decoder decoder = new Decoder(64);
  private final Insn insn = new Insn();
  private final Layout layout;

  /** Flags that the last sequence leaves undefined. */
  private int undefined;

  /** {@code vectors}: mostly SSE and AVX code. */
  Sequences(long seed, Layout layout, boolean vectors) throws IOException {
    this.random = new Random(seed);
    this.layout = layout;
    this.encoder = new EncodingForms(seed, 64, true);
    for (Form form : EncodingForms.all(64)) {
      Mnemonic mnemonic = Mnemonic.valueOf(form.mnemonic());
      if (Exempt.isOtherwiseHere(form)) {
        continue;
      }
      if (vectors && form.usesOnlyVectors() && isExact(mnemonic)) {
        forms.add(form);
      }
      if (form.vex()) {
        continue;
      }
      if (mnemonic == Mnemonic.JCC) {
        branches.add(form);
      } else if (isUsable(mnemonic)
          && random.nextInt(vectors ? 4 : 1) == 0
          && !form.usesSegmentRegister()
          && !form.usesControlRegister()) {
        forms.add(form);
      }
    }
  }

  private static boolean isExact(Mnemonic mnemonic) {
    return switch (mnemonic) {
      case RCPPS, RCPSS, RSQRTPS, RSQRTSS, MASKMOVDQU -> false;
      default -> true;
    };
  }

  private static boolean isUsable(Mnemonic mnemonic) {
    return switch (mnemonic) {
      case ADD, ADC, SUB, SBB, CMP, TEST, AND, OR, XOR, INC, DEC, NEG, NOT, MOV, MOVZX -> true;
      case MOVSX, MOVSXD, LEA, SHL, SHR, SAR, ROL, ROR, RCL, RCR, IMUL, MUL, SETCC, CMOVCC -> true;
      case XCHG, XADD, CMPXCHG, BSWAP, BSF, BSR, CBW, CWD, LAHF, SAHF, CLC, STC, CMC, NOP -> true;
      case MOVD, MOVQ, MOVDQU, PXOR, PADDD, PUNPCKLQDQ, MOVAPS, COMISD, UCOMISS -> true;
      default -> false;
    };
  }

  int undefined() {
    return undefined;
  }

  /** A sequence for {@code slot}. */
  byte[] next(long slot) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    undefined = 0;
    int count = 2 + random.nextInt(7);
    while (count > 0 && out.size() < MAX_BYTES) {
      if (append(forms.get(random.nextInt(forms.size())), slot, out)) {
        count--;
      }
    }
    if (random.nextInt(3) == 0) {
      for (int attempt = 0; attempt < 10; attempt++) {
        if (append(branches.get(random.nextInt(branches.size())), slot, out)) {
          break;
        }
      }
    }
    return out.toByteArray();
  }

  private boolean append(Form form, long slot, ByteArrayOutputStream out) {
    long address = slot + out.size();
    byte[] bytes = encoder.encode(form, address, layout.data());
    decoder.decode(bytes, 0, bytes.length, address, insn);
    if (insn.mnemonic == Mnemonic.INVALID || (reads() & undefined) != 0) {
      return false;
    }
    if (insn.mnemonic == Mnemonic.JCC) {
      int width = insn.bits[0] / 8;
      int distance = EncodingForms.BRANCH_DISTANCE - out.size() - bytes.length;
      for (int i = 0; i < width; i++) {
        bytes[bytes.length - width + i] = (byte) (distance >> (8 * i));
      }
    }
    effect();
    out.writeBytes(bytes);
    return true;
  }

  /** Flags that the instruction at hand reads. */
  private int reads() {
    return switch (insn.mnemonic) {
      case JCC, SETCC, CMOVCC -> CONDITION_FLAGS[insn.condition >>> 1];
      case ADC, SBB, RCL, RCR, CMC -> Flags.CF;
      case LAHF -> Flags.STATUS & ~Flags.OF;
      default -> 0;
    };
  }

  /** Adds what the instruction leaves undefined and takes away what it defines. */
  private void effect() {
    switch (insn.mnemonic) {
      case ADD, ADC, SUB, SBB, CMP, NEG, XADD, CMPXCHG -> undefined = 0;
      case COMISD, COMISS, UCOMISD, UCOMISS, PTEST, VTESTPS, VTESTPD -> undefined = 0;
      case PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM -> undefined = 0;
      case AND, OR, XOR, TEST -> undefined = Flags.AF;
      case INC, DEC -> undefined &= Flags.CF;
      case MUL, IMUL -> undefined = Flags.SF | Flags.ZF | Flags.AF | Flags.PF;
      case BSF, BSR -> undefined = Flags.STATUS & ~Flags.ZF;
      case SAHF -> undefined &= Flags.OF;
      case CLC, STC -> undefined &= ~Flags.CF;
      case SHL, SHR, SAR, ROL, ROR, RCL, RCR -> shift();
      default -> {}
    }
  }

  private void shift() {
    // Counts in CL may be zero, then everything stays.
    boolean immediate = insn.kind[1] == Insn.IMM;
    int count = immediate ? (int) insn.imm & (insn.bits[0] == 64 ? 63 : 31) : -1;
    if (count == 0) {
      return;
    }
    boolean rotation =
        switch (insn.mnemonic) {
          case SHL, SHR, SAR -> false;
          default -> true;
        };
    if (rotation) {
      undefined |= count == 1 ? 0 : Flags.OF;
    } else {
      undefined |= Flags.AF | (count == 1 ? 0 : Flags.OF);
      undefined |= count < 0 || count >= insn.bits[0] ? Flags.CF : 0;
    }
  }
}
