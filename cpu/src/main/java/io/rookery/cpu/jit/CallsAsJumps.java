package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes jumps of the calls that lead to blocks of the same unit, and of returns jumps to where
 * those calls come back. The return address is pushed and popped as ever, so a return may leave the
 * unit, and one that is entered elsewhere may come back here.
 */
final class CallsAsJumps {
  /** A return with more places to go to is no faster than leaving the unit. */
  private static final int MAX_RETURNS = 16;

  private final Map<Long, GuestBlock> blocks;
  private final Set<Long> returns = new TreeSet<>();

  CallsAsJumps(Map<Long, GuestBlock> blocks) {
    this.blocks = blocks;
  }

  void replace() {
    for (GuestBlock block : blocks.values()) {
      int at = block.terminator();
      if (isCallWithin(block, at) && returns.size() < MAX_RETURNS) {
        returns.add(block.code()[at + 2]);
      }
    }
    if (!returns.isEmpty()) {
      blocks.replaceAll((rip, block) -> replaced(block));
    }
  }

  /** Addresses in a unit are told apart by their low halves. */
  private boolean isCallWithin(GuestBlock block, int at) {
    long[] code = block.code();
    return Op.op(code[at]) == Op.CALL
        && blocks.containsKey(code[at + 1])
        && blocks.containsKey(code[at + 2])
        && code[at + 1] >>> 32 == code[at + 2] >>> 32;
  }

  private GuestBlock replaced(GuestBlock block) {
    int at = block.terminator();
    long[] code = block.code();
    if (isCallWithin(block, at) && returns.contains(code[at + 2])) {
      long[] jump = Arrays.copyOf(code, at + 2);
      jump[at] = Op.encode(Op.JMP, 0, 0, 0, 0);
      return new GuestBlock(block.rip(), jump, Arrays.copyOf(block.origin(), at + 2));
    }
    if (Op.op(code[at]) == Op.RET) {
      long[] jump = code.clone();
      jump[at] = Op.encode(Op.JMPR, 0, Op.a(code[at]), 0, 0);
      long[] targets = returns.stream().mapToLong(Long::longValue).toArray();
      return new GuestBlock(block.rip(), jump, block.origin(), targets);
    }
    return block;
  }
}
