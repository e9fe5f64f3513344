package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.DirectAccess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a region tests the rights of the pages that it accesses. Accesses of a block at constant
 * distances from each other, in the stack frame or in a structure, are tested together, in front of
 * the first of them.
 */
final class AccessPlan {
  /** So that two pages are enough. */
  private static final int MAX_SPAN = 4096;

  /**
   * A test in front of an access.
   *
   * @param first where the bytes begin that it tests, relative to the access
   * @param last where they end, inclusive
   * @param right one of {@link DirectAccess}
   */
  record Test(int first, int last, int right) {}

  private final List<Map<Integer, Test>> tests = new ArrayList<>();
  private final Style style;

  AccessPlan(Region region) {
    style = region.style();
    for (GuestBlock block : region.blocks()) {
      tests.add(style.memoryCalls() ? Map.of() : new Grouping(block, region.writable()).tests());
    }
  }

  /**
   * The test that belongs in front of the access at {@code at} of block {@code index}; null where
   * an earlier one has made it.
   */
  @Nullable Test test(int index, int at) {
    return tests.get(index).get(at);
  }

  /**
   * Whether the micro-op {@code word} at {@code at} of block {@code index} may leave the unit in
   * front of its instruction, with an exception or without.
   */
  boolean mayLeave(int index, int at, long word) {
    return OpInfo.mayFault(word)
        && (style.memoryCalls() || size(word) == 0 || test(index, at) != null);
  }

  /** Whether a test of a memory operand belongs in front of the micro-op. */
  boolean isTested(int index, int at, long word) {
    return isMemory(word) && !style.memoryCalls() && mayLeave(index, at, word);
  }

  /** Whether it may leave with an exception. */
  boolean mayThrow(long word) {
    return OpInfo.mayFault(word)
        && (isMemory(word)
            ? style.memoryCalls()
            : style.floats() == Floats.CALLS || FloatRule.of(word) == null);
  }

  private static boolean isMemory(long word) {
    return Op.op(word) >= Op.LOAD8 && Op.op(word) <= Op.CAS;
  }

  /** Bytes that {@code word} accesses; 0 for none. */
  static int size(long word) {
    return switch (Op.op(word)) {
      case Op.LOAD8, Op.LOAD8S, Op.STORE8 -> 1;
      case Op.LOAD16, Op.LOAD16S, Op.STORE16 -> 2;
      case Op.LOAD32, Op.LOAD32S, Op.STORE32 -> 4;
      case Op.LOAD64, Op.STORE64 -> 8;
      case Op.LOAD128, Op.STORE128 -> 16;
      case Op.LOAD256, Op.STORE256 -> 32;
      case Op.XADD, Op.XCHG, Op.XAND, Op.XOR, Op.XXOR, Op.CAS -> Op.imm(word);
      default -> 0;
    };
  }

  /** The accesses of one block, by what their addresses have in common. */
  private static final class Grouping {
    /** What an address is but for a constant. */
    private record Key(int base, int index, int scale) {
      // By hand: what records generate is slow until HotSpot has compiled it.
      @Override
      public boolean equals(@Nullable Object other) {
        return other instanceof Key key
            && key.base == base
            && key.index == index
            && key.scale == scale;
      }

      @Override
      public int hashCode() {
        return (base * 31 + index) * 31 + scale;
      }
    }

    private static final class Group {
      final int leader;
      final long at; // of the leader, relative to what the key stands for
      long first;
      long end;
      int right = DirectAccess.READ;

      Group(int leader, long at) {
        this.leader = leader;
        this.at = at;
        first = at;
        end = at;
      }

      /** Whether the group may take in {@code size} bytes from {@code from} on. */
      boolean reaches(long from, int size) {
        long span = Math.max(end, from + size) - Math.min(first, from);
        return span >= 0 && span <= MAX_SPAN;
      }

      Test test() {
        return new Test((int) (first - at), (int) (end - 1 - at), right);
      }
    }

    /** Registers hold what {@code symbol} stands for plus {@code offset}. */
    private final int[] symbol = new int[256];

    private final long[] offset = new long[256];
    private final Map<Key, Group> open = new HashMap<>();
    private final Map<Integer, Test> tests = new HashMap<>();
    private int symbols = 256;

    Grouping(GuestBlock block, boolean writable) {
      forget();
      long[] code = block.code();
      boolean stored = false;
      for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
        if (stored && block.origin()[at] != block.origin()[at - 1]) {
          close(); // a poll
          stored = false;
        }
        long word = code[at];
        int size = size(word);
        if (size > 0) {
          add(at, word, size);
          stored |= writable && (OpInfo.of(Op.op(word)) & OpInfo.STORES) != 0;
        }
        if (Op.op(word) == Op.EXEC) {
          close();
          forget();
        } else {
          step(word, at + 1 < code.length ? code[at + 1] : 0);
        }
      }
      close();
    }

    Map<Integer, Test> tests() {
      return tests;
    }

    private void forget() {
      for (int i = 0; i < symbol.length; i++) {
        symbol[i] = symbols++;
        offset[i] = 0;
      }
      symbol[Reg.ZERO] = 0;
    }

    private void close() {
      open.values().forEach(group -> tests.put(group.leader, group.test()));
      open.clear();
    }

    private void add(int at, long word, int size) {
      boolean locked = Op.op(word) >= Op.XADD;
      int base = Op.a(word);
      int index = locked ? Reg.ZERO : Op.b(word) & 63;
      int scale = locked ? 0 : Op.b(word) >>> 6;
      long from = offset[base] + (offset[index] << scale) + (locked ? 0 : Op.imm(word));
      Key key = new Key(symbol[base], symbol[index], scale);
      Group group = open.get(key);
      if (group == null || !group.reaches(from, size)) {
        if (group != null) {
          tests.put(group.leader, group.test());
        }
        group = new Group(at, from);
        open.put(key, group);
      }
      group.first = Math.min(group.first, from);
      group.end = Math.max(group.end, from + size);
      int info = OpInfo.of(Op.op(word));
      if ((info & OpInfo.STORES) != 0) {
        group.right = DirectAccess.WRITE;
      }
    }

    /** Notes what {@code word} does to its destinations. */
    private void step(long word, long extra) {
      int d = Op.d(word);
      int a = Op.a(word);
      switch (Op.op(word)) {
        case Op.MOV -> set(d, symbol[a], offset[a]);
        case Op.ADDI64 -> set(d, symbol[a], offset[a] + Op.imm(word));
        case Op.MOVI -> set(d, 0, Op.imm(word));
        case Op.MOVI64 -> set(d, 0, extra);
        default -> {
          if (Op.op(word) == Op.LEA64 && (Op.b(word) & 63) == Reg.ZERO) {
            set(d, symbol[a], offset[a] + Op.imm(word));
          } else {
            OpInfo.visit(
                word,
                (register, written) -> {
                  if (written) {
                    set(register, symbols++, 0);
                  }
                });
          }
        }
      }
    }

    private void set(int register, int newSymbol, long newOffset) {
      symbol[register] = newSymbol;
      offset[register] = newOffset;
    }
  }
}
