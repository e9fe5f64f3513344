package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
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

    /** Roughly how often the block at {@code rip} was interpreted; 0 if it was not executed. */
    default int executions(long rip) {
      return 0;
    }
  }

  private static final int MAX_ACCESSES = 60;

  /** What is reached less likely is no part of the region. */
  private static final double MIN_LIKELIHOOD = 0.03;

  /** Estimated bytes of bytecode of a function that is taken into its callers' units. */
  private static final int MAX_CALLEE = 500;

  /**
   * How likely blocks are reached from the seed: those behind a place about as often as they are
   * executed in relation to it.
   *
   * @param likelihood that the place is reached
   * @param executions of the place
   */
  private record Place(double likelihood, int executions) {
    double reach(int others) {
      return likelihood * Math.min(1, (1.0 + others) / (1.0 + executions));
    }
  }

  /**
   * A block that may be added.
   *
   * @param behind the seed or the target of an indirect jump, by way of which the block is reached
   * @param sequence tells what was found first
   */
  private record Candidate(long rip, double likelihood, Place behind, int sequence) {}

  private static final Comparator<Candidate> LIKELIEST =
      (a, b) -> {
        int order = Double.compare(b.likelihood, a.likelihood);
        return order != 0 ? order : Integer.compare(a.sequence, b.sequence);
      };

  private final Source source;
  private final int budget;
  private final Map<Long, GuestBlock> blocks = new LinkedHashMap<>();
  private int accesses;
  private int estimate;
  private int sequence;

  /** {@code budget}: estimated bytes of bytecode. */
  RegionBuilder(Source source, int budget) {
    this.source = source;
    this.budget = budget;
  }

  /** The region around {@code seed}. */
  Region build(GuestBlock seed, boolean writable, boolean longMode, Style style, long pages) {
    PriorityQueue<Candidate> open = new PriorityQueue<>(LIKELIEST);
    Set<Long> seen = new HashSet<>();
    seen.add(seed.rip());
    add(seed);
    addSuccessors(seed, 1, new Place(1, source.executions(seed.rip())), open, seen);
    while (!open.isEmpty()) {
      Candidate next = open.remove();
      if (!seen.add(next.rip())) {
        continue;
      }
      GuestBlock block = source.find(next.rip());
      if (block != null && fits(block)) {
        add(block);
        addSuccessors(block, next.likelihood(), next.behind(), open, seen);
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

  private void addSuccessors(
      GuestBlock block,
      double likelihood,
      Place behind,
      PriorityQueue<Candidate> open,
      Set<Long> seen) {
    long[] successors = block.successors();
    boolean indirect = Op.op(block.code()[block.terminator()]) == Op.JMPR;
    int[] executed = Arrays.stream(successors).mapToInt(source::executions).toArray();
    double all = Arrays.stream(executed).asDoubleStream().sum();
    for (int i = 0; i < successors.length; i++) {
      long successor = successors[i];
      int executions = executed[i];
      // Many jumps may lead to a target: this one does as often as to others of its targets.
      double reached =
          indirect ? likelihood * (1 + executions) / (1 + all) : behind.reach(executions);
      if (reached >= MIN_LIKELIHOOD && !seen.contains(successor)) {
        Place place = indirect ? new Place(reached, executions) : behind;
        open.add(new Candidate(successor, reached, place, sequence++));
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

  /**
   * The seed, loop heads, and where calls return. Not the targets of indirect jumps: an
   * interpreter's handlers are entered where they are the seed, and with all that belongs to them.
   */
  private static List<Long> entries(List<GuestBlock> order, long seed) {
    Set<Long> entries = new HashSet<>();
    entries.add(seed);
    Set<Long> passed = new HashSet<>();
    for (GuestBlock block : order) {
      passed.add(block.rip());
      switch (Op.op(block.code()[block.terminator()])) {
        case Op.CALL, Op.CALLR, Op.SYSCALL -> entries.add(block.successors()[0]);
        case Op.JMPR -> {
          // See above.
        }
        default -> Arrays.stream(block.successors()).filter(passed::contains).forEach(entries::add);
      }
    }
    return order.stream().map(GuestBlock::rip).filter(entries::contains).toList();
  }
}
