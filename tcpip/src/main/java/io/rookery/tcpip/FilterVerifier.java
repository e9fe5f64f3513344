package io.rookery.tcpip;

import io.rookery.tcpip.ClassicFilter.Instruction;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/** What Linux checks before it runs a classic program (bpf_check_classic). */
final class FilterVerifier {
  /** Every code that there is: loads, stores, arithmetic, jumps, returns, moves. */
  private static final BitSet CODES = new BitSet();

  static {
    int[] codes = {
      0x20,
      0x28,
      0x30,
      0x40,
      0x48,
      0x50,
      0x00,
      0x60,
      0x80, // ld
      0x01,
      0x61,
      0x81,
      0xb1, // ldx
      0x02,
      0x03, // st, stx
      0x05, // ja
      0x06,
      0x16, // ret k, ret a
      0x84, // neg
      0x07,
      0x87 // tax, txa
    };
    IntStream.of(codes).forEach(CODES::set);
    for (int operation : new int[] {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0}) {
      CODES.set(ClassicFilter.ALU | operation);
      CODES.set(ClassicFilter.ALU | operation | ClassicFilter.SOURCE_X);
    }
    for (int operation : new int[] {0x10, 0x20, 0x30, 0x40}) {
      CODES.set(ClassicFilter.JMP | operation);
      CODES.set(ClassicFilter.JMP | operation | ClassicFilter.SOURCE_X);
    }
  }

  private FilterVerifier() {}

  /** Whether a program ends, stays within itself and reads only what it has stored. */
  static boolean accepts(Instruction[] program) {
    int count = program.length;
    if (count == 0 || count > ClassicFilter.MOST_INSTRUCTIONS) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (!CODES.get(program[i].code() & 0xffff) || !isValid(program[i], count - i - 1)) {
        return false;
      }
    }
    return (program[count - 1].code() & 7) == ClassicFilter.RET && readsWhatItStored(program);
  }

  /**
   * Whether the operands of a known instruction are in range.
   *
   * @param behind instructions behind it
   */
  private static boolean isValid(Instruction in, int behind) {
    int k = in.k();
    return switch (in.code()) {
      case 0x34, 0x94 -> k != 0; // div, mod
      case 0x64, 0x74 -> Integer.compareUnsigned(k, 32) < 0; // lsh, rsh
      case 0x60, 0x61, 0x02, 0x03 -> Integer.compareUnsigned(k, ClassicFilter.SCRATCH) < 0;
      case 0x05 -> Integer.compareUnsigned(k, behind) < 0;
      case 0x20, 0x28, 0x30 ->
          Integer.compareUnsigned(k, ClassicFilter.EXTENSIONS) < 0
              || ClassicFilter.isExtension(k - ClassicFilter.EXTENSIONS);
      default ->
          (in.code() & 7) != ClassicFilter.JMP || in.ifTrue() < behind && in.ifFalse() < behind;
    };
  }

  /** No path loads a scratch word that it has not stored: one bit for each word. */
  private static boolean readsWhatItStored(Instruction[] program) {
    int[] storedAt = new int[program.length]; // on all ways by which jumps come here
    Arrays.fill(storedAt, -1);
    int stored = 0;
    for (int i = 0; i < program.length; i++) {
      Instruction in = program[i];
      stored &= storedAt[i];
      switch (in.code()) {
        case 0x02, 0x03 -> stored |= 1 << in.k();
        case 0x60, 0x61 -> {
          if ((stored & 1 << in.k()) == 0) {
            return false;
          }
        }
        case 0x05 -> {
          storedAt[i + 1 + in.k()] &= stored;
          stored = -1;
        }
        default -> {
          if ((in.code() & 7) == ClassicFilter.JMP) {
            storedAt[i + 1 + in.ifTrue()] &= stored;
            storedAt[i + 1 + in.ifFalse()] &= stored;
            stored = -1;
          }
        }
      }
    }
    return true;
  }
}
