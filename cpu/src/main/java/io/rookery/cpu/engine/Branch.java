package io.rookery.cpu.engine;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;

/** Decides the interpreter's conditional jumps. */
final class Branch {
  private Branch() {}

  /** Whether the jump {@code w} is taken; what it compares becomes the flags. */
  static boolean isTaken(CpuState s, long[] r, long w) {
    int op = Op.op(w);
    int d = Op.d(w);
    int a = Op.a(w);
    if (op == Op.JCC) {
      return Flags.test(d, s.flagsKind, s.flagsX, s.flagsY);
    }
    if (op == Op.JNZ) {
      return r[a] != 0;
    }
    long x = r[a];
    long y;
    int shift;
    if (op >= Fused.CMPJI) {
      y = Op.imm(w);
      shift = Op.b(w);
    } else {
      y = r[Op.b(w)];
      shift = Op.imm(w);
    }
    s.flagsKind = d;
    s.flagsX = x;
    s.flagsY = y;
    return holds(op - Fused.CMPJ & 15, x << shift, y << shift);
  }

  /** Whether {@code x} and {@code y}, compared as signed or not, meet a condition code. */
  private static boolean holds(int condition, long x, long y) {
    return switch (condition) {
      case 2 -> Long.compareUnsigned(x, y) < 0;
      case 3 -> Long.compareUnsigned(x, y) >= 0;
      case 4 -> x == y;
      case 5 -> x != y;
      case 6 -> Long.compareUnsigned(x, y) <= 0;
      case 7 -> Long.compareUnsigned(x, y) > 0;
      case 12 -> x < y;
      case 13 -> x >= y;
      case 14 -> x <= y;
      case 15 -> x > y;
      default -> throw new IllegalStateException("condition " + condition);
    };
  }
}
