package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;

/** PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (SDM vol. 1, 10.5; vol. 2, 4.1). */
public final class StringCompare {
  // Fields of imm above the instruction's imm8.
  public static final int EXPLICIT = 1 << 8;
  public static final int WIDE = 1 << 9;
  public static final int MASK = 1 << 10;

  private StringCompare() {}

  /**
   * Compares the strings in slots a, a+1 and b, b+1; explicit lengths are in RAX and RDX ({@link
   * #WIDE}: all 64 bits). The index goes to RCX or the mask to XMM0, the status flags to register
   * d.
   */
  public static void pcmpstr(CpuState s, int d, int a, int b, int imm) {
    boolean words = (imm & 1) != 0;
    int size = words ? 8 : 16;
    int[] first = elements(s, a, imm);
    int[] second = elements(s, b, imm);
    int firstLength;
    int secondLength;
    if ((imm & EXPLICIT) != 0) {
      firstLength = explicitLength(s.r[Reg.RAX], imm, size);
      secondLength = explicitLength(s.r[Reg.RDX], imm, size);
    } else {
      firstLength = implicitLength(first);
      secondLength = implicitLength(second);
    }
    int result =
        switch (imm >> 2 & 3) {
          case 0 -> equalAny(first, firstLength, second, secondLength);
          case 1 -> ranges(first, firstLength, second, secondLength);
          case 2 -> equalEach(first, firstLength, second, secondLength);
          default -> equalOrdered(first, firstLength, second, secondLength);
        };
    int all = (1 << size) - 1;
    if ((imm & 0x10) != 0) {
      result ^= (imm & 0x20) != 0 ? (1 << secondLength) - 1 : all;
    }
    if ((imm & MASK) != 0) {
      mask(s, result, words, (imm & 0x40) != 0);
    } else if (result == 0) {
      s.r[Reg.RCX] = size;
    } else {
      s.r[Reg.RCX] =
          (imm & 0x40) != 0
              ? 31 - Integer.numberOfLeadingZeros(result)
              : Integer.numberOfTrailingZeros(result);
    }
    s.r[d] =
        (result != 0 ? Flags.CF : 0)
            | (secondLength < size ? Flags.ZF : 0)
            | (firstLength < size ? Flags.SF : 0)
            | ((result & 1) != 0 ? Flags.OF : 0);
  }

  private static int[] elements(CpuState s, int slot, int imm) {
    boolean words = (imm & 1) != 0;
    boolean signed = (imm & 2) != 0;
    int[] elements = new int[words ? 8 : 16];
    int bits = words ? 16 : 8;
    for (int i = 0; i < elements.length; i++) {
      int at = i * bits;
      int value = (int) (s.r[slot + at / 64] >>> at % 64);
      if (words) {
        elements[i] = signed ? (short) value : value & 0xffff;
      } else {
        elements[i] = signed ? (byte) value : value & 0xff;
      }
    }
    return elements;
  }

  private static int explicitLength(long register, int imm, int size) {
    long length = (imm & WIDE) != 0 ? register : (int) register;
    return length < -size || length > size ? size : (int) Math.abs(length);
  }

  private static int implicitLength(int[] elements) {
    int length = 0;
    while (length < elements.length && elements[length] != 0) {
      length++;
    }
    return length;
  }

  private static int equalAny(int[] set, int setLength, int[] text, int length) {
    int result = 0;
    for (int j = 0; j < length; j++) {
      for (int i = 0; i < setLength; i++) {
        if (set[i] == text[j]) {
          result |= 1 << j;
        }
      }
    }
    return result;
  }

  private static int ranges(int[] ranges, int rangesLength, int[] text, int length) {
    int result = 0;
    for (int j = 0; j < length; j++) {
      for (int i = 0; i + 1 < rangesLength; i += 2) {
        if (text[j] >= ranges[i] && text[j] <= ranges[i + 1]) {
          result |= 1 << j;
        }
      }
    }
    return result;
  }

  private static int equalEach(int[] a, int aLength, int[] b, int bLength) {
    int result = 0;
    for (int i = 0; i < a.length; i++) {
      boolean aValid = i < aLength;
      boolean bValid = i < bLength;
      if (aValid && bValid ? a[i] == b[i] : aValid == bValid) {
        result |= 1 << i;
      }
    }
    return result;
  }

  private static int equalOrdered(int[] needle, int needleLength, int[] text, int length) {
    int result = 0;
    for (int j = 0; j < text.length; j++) {
      boolean found = true;
      for (int i = 0; i < needleLength && i + j < text.length && found; i++) {
        found = i + j < length && needle[i] == text[i + j];
      }
      if (found) {
        result |= 1 << j;
      }
    }
    return result;
  }

  private static void mask(CpuState s, int result, boolean words, boolean expanded) {
    long low = result;
    long high = 0;
    if (expanded) {
      int bits = words ? 16 : 8;
      int perQuad = 64 / bits;
      low = expand(result, bits);
      high = expand(result >> perQuad, bits);
    }
    s.r[Reg.vector(0, 0)] = low;
    s.r[Reg.vector(0, 1)] = high;
  }

  /** All ones in the lanes whose bit is set. */
  private static long expand(int result, int bits) {
    long mask = 0;
    for (int i = 0; i < 64 / bits; i++) {
      if ((result >> i & 1) != 0) {
        mask |= -1L >>> 64 - bits << i * bits;
      }
    }
    return mask;
  }
}
