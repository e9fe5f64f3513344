package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.BitSet;

/**
 * Liveness of the guest registers as JVM locals over a region: which ones have to be loaded from
 * the register file where the region is entered and behind what may have changed the file.
 */
final class RegisterFlow {
  private final Region region;
  private final BitSet[] liveAtStart;

  RegisterFlow(Region region) {
    this.region = region;
    int count = region.blocks().size();
    liveAtStart = new BitSet[count];
    for (int i = 0; i < count; i++) {
      liveAtStart[i] = new BitSet();
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = count - 1; i >= 0; i--) {
        BitSet live = liveBehind(i, -1);
        changed |= !live.equals(liveAtStart[i]);
        liveAtStart[i] = live;
      }
    }
  }

  /** Registers to load where the unit is entered. */
  BitSet liveAtEntries() {
    BitSet live = new BitSet();
    for (long entry : region.entries()) {
      live.or(liveAtStart[region.index(entry)]);
    }
    return live;
  }

  /** Registers that are used from the block at {@code rip} on; none outside the region. */
  BitSet liveAt(long rip) {
    int index = region.index(rip);
    return index >= 0 ? liveAtStart[index] : new BitSet();
  }

  /**
   * Registers that are used behind the micro-op at {@code at} of block {@code index}; -1: from its
   * start on.
   */
  BitSet liveBehind(int index, int at) {
    GuestBlock block = region.blocks().get(index);
    BitSet live = new BitSet();
    for (long successor : block.successors()) {
      live.or(liveAt(successor));
    }
    long[] code = block.code();
    int[] starts = new int[code.length];
    int count = 0;
    for (int i = 0; i < code.length; i += Op.length(Op.op(code[i]))) {
      starts[count++] = i;
    }
    for (int i = count - 1; i >= 0 && starts[i] > at; i--) {
      step(code[starts[i]], live);
    }
    return live;
  }

  /** What is changed behind the back of the locals is loaded again behind it. */
  private static void step(long word, BitSet live) {
    switch (Op.op(word)) {
      case Op.EXEC, Op.SYSCALL -> live.clear();
      case Op.CALL, Op.CALLR -> {
        live.clear();
        live.set(Reg.RSP);
      }
      default -> {
        // Its operands are all.
      }
    }
    OpInfo.visit(
        word,
        (register, written) -> {
          if (written) {
            live.clear(register);
          }
        });
    OpInfo.visit(
        word,
        (register, written) -> {
          if (!written && register != Reg.ZERO && !OpInfo.isTemporary(register)) {
            live.set(register);
          }
        });
  }
}
