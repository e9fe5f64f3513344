package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the guest code of a unit: what is reached from a hot block without leaving its function,
 * within bounds, and small functions that it calls. Calls within the unit, recursive ones too, are
 * jumps.
 */
final class RegionBuilder {
  /** Where the blocks of a region come from. */
  interface Source {
    /** The block at {@code rip} if it has been executed, else null. */
    @Nullable GuestBlock find(long rip);
  }

  private static final int MAX_ACCESSES = 60;

  /** Estimated bytes of bytecode of a function that is taken into its callers' units. */
  private static final int MAX_CALLEE = 500;

  private final Source source;
  private final int budget;
  private final Map<Long, GuestBlock> blocks = new LinkedHashMap<>();
  private int accesses;
  private int estimate;

  /** {@code budget}: estimated bytes of bytecode. */
  RegionBuilder(Source source, int budget) {
    this.source = source;
    this.budget = budget;
  }

  /** The region around {@code seed}. */
  Region build(GuestBlock seed, boolean writable, boolean longMode, Style style, long pages) {
    ArrayDeque<Long> open = new ArrayDeque<>();
    Set<Long> seen = new HashSet<>();
    seen.add(seed.rip());
    add(seed);
    addSuccessors(seed, open, seen);
    while (!open.isEmpty()) {
      GuestBlock block = source.find(open.removeFirst());
      if (block != null && fits(block)) {
        add(block);
        addSuccessors(block, open, seen);
      }
    }
    for (GuestBlock block : List.copyOf(blocks.values())) {
      if (Op.op(block.code()[block.terminator()]) == Op.CALL) {
        addCallee(block.code()[block.terminator() + 1]);
      }
    }
    new CallsAsJumps(blocks).replace();
    if (style.floats() != Floats.CALLS) {
      blocks.replaceAll((rip, block) -> MaskedExceptions.simplify(block));
    }
    List<GuestBlock> order = order(blocks.getOrDefault(seed.rip(), seed));
    return new Region(order, entries(order, seed.rip()), writable, longMode, style, pages);
  }

  private void addSuccessors(GuestBlock block, ArrayDeque<Long> open, Set<Long> seen) {
    for (long successor : block.successors()) {
      if (seen.add(successor)) {
        open.addLast(successor);
      }
    }
  }

  /**
   * Adds the function at {@code entry} as far as it was executed, if it is small and calls but
   * itself.
   */
  private void addCallee(long entry) {
    Map<Long, GuestBlock> callee = new LinkedHashMap<>();
    ArrayDeque<Long> open = new ArrayDeque<>();
    open.add(entry);
    int bytes = 0;
    int memory = 0;
    while (!open.isEmpty()) {
      long rip = open.removeFirst();
      if (blocks.containsKey(rip) || callee.containsKey(rip)) {
        continue;
      }
      GuestBlock block = source.find(rip);
      if (block == null) {
        continue;
      }
      bytes += estimate(block);
      memory += accesses(block);
      int end = block.terminator();
      boolean leaf =
          switch (Op.op(block.code()[end])) {
            case Op.CALL -> block.code()[end + 1] == entry;
            case Op.CALLR, Op.SYSCALL -> false;
            default -> true;
          };
      if (!leaf
          || bytes > MAX_CALLEE
          || estimate + bytes > budget
          || accesses + memory > MAX_ACCESSES) {
        return;
      }
      callee.put(rip, block);
      for (long successor : block.successors()) {
        open.addLast(successor);
      }
    }
    callee.values().forEach(this::add);
  }

  private boolean fits(GuestBlock block) {
    return accesses + accesses(block) <= MAX_ACCESSES && estimate + estimate(block) <= budget;
  }

  private void add(GuestBlock block) {
    blocks.put(block.rip(), block);
    accesses += accesses(block);
    estimate += estimate(block);
  }

  private static int accesses(GuestBlock block) {
    int count = 0;
    long[] code = block.code();
    for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
      int info = OpInfo.of(Op.op(code[at]));
      if ((info & OpInfo.ACCESS) != 0) {
        count += (info & (OpInfo.PAIR | OpInfo.QUAD)) != 0 ? 2 : 1;
      }
    }
    return count;
  }

  /** Roughly how many bytes of bytecode a block becomes. */
  private static int estimate(GuestBlock block) {
    int bytes = 20;
    long[] code = block.code();
    for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
      int op = Op.op(code[at]);
      int info = OpInfo.of(op);
      if (op == Op.JMPR) {
        bytes += 8 * block.targets().length;
      }
      bytes +=
          op == Op.EXEC || op == Op.CALL || op == Op.CALLR
              ? 200
              : (info & OpInfo.ACCESS) != 0 ? 25 : 9;
    }
    return bytes;
  }

  /** Reverse postorder: loops are contiguous, and every cycle contains a jump backwards. */
  private List<GuestBlock> order(GuestBlock seed) {
    record Visit(GuestBlock block, long[] successors, int[] next) {}
    List<GuestBlock> postorder = new ArrayList<>();
    Set<Long> visited = new HashSet<>();
    ArrayDeque<Visit> stack = new ArrayDeque<>();
    visited.add(seed.rip());
    stack.push(new Visit(seed, seed.successors(), new int[1]));
    while (!stack.isEmpty()) {
      Visit top = stack.peek();
      if (top.next()[0] == top.successors().length) {
        postorder.add(top.block());
        stack.pop();
        continue;
      }
      GuestBlock successor = blocks.get(top.successors()[top.next()[0]++]);
      if (successor != null && visited.add(successor.rip())) {
        stack.push(new Visit(successor, successor.successors(), new int[1]));
      }
    }
    return postorder.reversed();
  }

  /** The seed, loop heads, and where calls return and indirect jumps lead to. */
  private static List<Long> entries(List<GuestBlock> order, long seed) {
    Set<Long> entries = new HashSet<>();
    entries.add(seed);
    Set<Long> passed = new HashSet<>();
    for (GuestBlock block : order) {
      passed.add(block.rip());
      boolean entered =
          switch (Op.op(block.code()[block.terminator()])) {
            case Op.CALL, Op.CALLR, Op.SYSCALL, Op.JMPR -> true;
            default -> false;
          };
      for (long successor : block.successors()) {
        if (entered || passed.contains(successor)) {
          entries.add(successor);
        }
      }
    }
    return order.stream().map(GuestBlock::rip).filter(entries::contains).toList();
  }
}
