package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Data flow of the lazy flags over a region: where their kind is known, and which micro-ops nobody
 * can see the effect of: settings of flags, and what computes temporaries for those alone.
 *
 * <p>Exact: whatever may fault, leave the unit or call a helper on the whole state sees the flags.
 */
final class FlagFlow {
  /** The kind depends on the path, or on what came before the unit. */
  static final int UNKNOWN = -1;

  private static final int UNREACHED = -2;

  private final Region region;
  private final AccessPlan plan;
  private final int[] kindAtStart;
  private final boolean[] liveAtStart;
  private final boolean[] storedAtStart;
  private final List<BitSet> dead = new ArrayList<>();

  FlagFlow(Region region, AccessPlan plan) {
    this.region = region;
    this.plan = plan;
    int count = region.blocks().size();
    kindAtStart = new int[count];
    liveAtStart = new boolean[count];
    storedAtStart = new boolean[count];
    findKinds();
    findDead();
    findStored();
  }

  /** The flags' kind where block {@code index} starts. */
  int kindAtStart(int index) {
    return kindAtStart[index];
  }

  /** Whether the CpuState holds the flags where block {@code index} starts, on all paths. */
  boolean isStoredAtStart(int index) {
    return storedAtStart[index];
  }

  /**
   * Whether the CpuState holds the flags behind the micro-op at {@code at} of block {@code index},
   * if it did or did not in front of it.
   */
  boolean isStoredAfter(int index, int at, boolean stored) {
    int op = Op.op(region.blocks().get(index).code()[at]);
    return switch (op) {
      case Op.EXEC, Op.SYSCALL, Op.CALL, Op.CALLR -> true;
      default -> stored && ((OpInfo.of(op) & OpInfo.FLAGS_OUT) == 0 || isDead(index, at));
    };
  }

  /** Where the unit is entered they are stored; else where all ways into a block agree. */
  private void findStored() {
    Arrays.fill(storedAtStart, true);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < storedAtStart.length; i++) {
        GuestBlock block = region.blocks().get(i);
        boolean stored = storedAtStart[i];
        long[] code = block.code();
        for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
          stored = isStoredAfter(i, at, stored);
        }
        for (long successor : block.successors()) {
          int to = region.index(successor);
          if (to >= 0 && storedAtStart[to] && !stored) {
            storedAtStart[to] = false;
            changed = true;
          }
        }
      }
    }
  }

  /** Whether nobody sees what the micro-op at {@code at} in block {@code index} does. */
  boolean isDead(int index, int at) {
    return dead.get(index).get(at);
  }

  /** The kind behind micro-op {@code word} when it was {@code kind} in front of it. */
  static int kindAfter(long word, int kind) {
    return switch (Op.op(word)) {
      case Op.SETF -> Op.imm(word);
      case Op.SETFI -> Op.d(word);
      case Op.SETFNZ -> kind == Op.imm(word) ? kind : UNKNOWN;
      case Op.SETFC, Op.EXEC, Op.SYSCALL, Op.CALL, Op.CALLR -> UNKNOWN;
      case Op.PUTF -> Flags.RAW;
      default -> kind;
    };
  }

  private void findKinds() {
    Arrays.fill(kindAtStart, UNREACHED);
    for (long entry : region.entries()) {
      kindAtStart[region.index(entry)] = UNKNOWN;
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < kindAtStart.length; i++) {
        if (kindAtStart[i] == UNREACHED) {
          continue;
        }
        GuestBlock block = region.blocks().get(i);
        int kind = kindAtStart[i];
        long[] code = block.code();
        for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
          kind = kindAfter(code[at], kind);
        }
        for (long successor : block.successors()) {
          int to = region.index(successor);
          if (to >= 0) {
            int met = kindAtStart[to] == UNREACHED || kindAtStart[to] == kind ? kind : UNKNOWN;
            changed |= met != kindAtStart[to];
            kindAtStart[to] = met;
          }
        }
      }
    }
  }

  private void findDead() {
    for (int i = 0; i < liveAtStart.length; i++) {
      dead.add(new BitSet());
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = liveAtStart.length - 1; i >= 0; i--) {
        boolean live = scan(i, liveAtEnd(i));
        changed |= live != liveAtStart[i];
        liveAtStart[i] = live;
      }
    }
  }

  private boolean liveAtEnd(int index) {
    GuestBlock block = region.blocks().get(index);
    long[] successors = block.successors();
    boolean leaves =
        switch (Op.op(block.code()[block.terminator()])) {
          case Op.CALL, Op.CALLR, Op.JMPR -> true;
          default -> false;
        };
    if (successors.length == 0 || leaves || region.writable()) {
      return true;
    }
    for (long successor : successors) {
      int to = region.index(successor);
      // A poll, and so an exit, is in front of the target of a jump backwards.
      if (to <= index || liveAtStart[to]) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the flags are live at the block's start if they are {@code live} at its end; notes dead
   * settings.
   */
  private boolean scan(int index, boolean liveAtEnd) {
    long[] code = region.blocks().get(index).code();
    int[] starts = new int[code.length];
    int count = 0;
    for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
      starts[count++] = at;
    }
    BitSet unseen = dead.get(index);
    unseen.clear();
    boolean live = liveAtEnd;
    BitSet temporaries = new BitSet();
    for (int i = count - 1; i >= 0; i--) {
      long word = code[starts[i]];
      int op = Op.op(word);
      int info = OpInfo.of(op);
      boolean setsFlags = (info & OpInfo.FLAGS_OUT) != 0;
      boolean seen =
          setsFlags && op < Op.EXEC
              ? live || (region.writable() && op != Op.SETFNZ)
              : !OpInfo.isPure(word) || needed(word, temporaries);
      unseen.set(starts[i], !seen);
      if (!seen) {
        continue;
      }
      if (plan.mayLeave(index, starts[i], word)) {
        live = true;
      } else if (setsFlags && op != Op.SETFNZ && !region.writable()) {
        live = (info & OpInfo.FLAGS_IN) != 0;
      } else {
        live |= (info & OpInfo.FLAGS_IN) != 0;
      }
      note(word, temporaries);
    }
    return live;
  }

  /** Whether a destination of {@code word} outlives the instruction, or is used within it. */
  private static boolean needed(long word, BitSet temporaries) {
    int d = Op.d(word);
    for (int i = OpInfo.width(OpInfo.of(Op.op(word))) - 1; i >= 0; i--) {
      if (!OpInfo.isTemporary(d + i) || temporaries.get(d + i)) {
        return true;
      }
    }
    return false;
  }

  /** Going backwards over {@code word}: which temporaries are used from here on. */
  private static void note(long word, BitSet temporaries) {
    if (Op.op(word) == Op.EXEC) {
      temporaries.set(Reg.T0, Reg.T0 + Reg.TEMPORARIES);
      return;
    }
    OpInfo.visit(
        word,
        (register, written) -> {
          if (written) {
            temporaries.clear(register);
          }
        });
    OpInfo.visit(
        word,
        (register, written) -> {
          if (!written) {
            temporaries.set(register);
          }
        });
  }
}
