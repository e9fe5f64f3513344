package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which blocks become a unit, by how often they were executed. */
class RegionBuilderTest {
  private static final int BUDGET = 4000;

  /** Blocks by address, and how often each was executed. */
  private static final class Program implements RegionBuilder.Source {
    private final Map<Long, GuestBlock> blocks = new HashMap<>();
    private final Map<Long, Integer> executions = new HashMap<>();

    /** A block with {@code loads} loads and the jump {@code end}. */
    Program block(long rip, int times, int loads, long[] targets, long... end) {
      long[] code = new long[loads + end.length];
      for (int i = 0; i < loads; i++) {
        code[i] = Op.encode(Op.LOAD64, i % 8, 8 + i % 8, Reg.ZERO, 8 * i);
      }
      System.arraycopy(end, 0, code, loads, end.length);
      blocks.put(rip, new GuestBlock(rip, code, new short[code.length], targets));
      executions.put(rip, times);
      return this;
    }

    Program jump(long rip, int times, int loads, long target) {
      return block(rip, times, loads, new long[0], Op.encode(Op.JMP, 0, 0, 0, 0), target);
    }

    Program branch(long rip, int times, int loads, long taken, long other) {
      return block(rip, times, loads, new long[0], Op.encode(Op.JNZ, 0, 0, 0, 0), taken, other);
    }

    Program indirect(long rip, int times, int loads, long... targets) {
      return block(rip, times, loads, targets, Op.encode(Op.JMPR, 0, 0, 0, 0));
    }

    @Override
    public @Nullable GuestBlock find(long rip) {
      return blocks.get(rip);
    }

    @Override
    public int executions(long rip) {
      return executions.getOrDefault(rip, 0);
    }

    Region region(long seed) {
      return new RegionBuilder(this, BUDGET)
          .build(blocks.get(seed), false, true, Style.BRANCHES, 0);
    }
  }

  private static List<Long> addresses(Region region) {
    return region.blocks().stream().map(GuestBlock::rip).sorted().toList();
  }

  @Test
  void whatIsExecutedMoreOftenComesFirstWhereNotAllFits() {
    Program program =
        new Program()
            .branch(0x1000, 2000, 10, 0x2000, 0x3000)
            .jump(0x2000, 500, 40, 0x4000)
            .jump(0x3000, 1500, 30, 0x5000)
            .jump(0x4000, 2000, 60, 0x6000)
            .jump(0x5000, 1500, 10, 0x6000);
    assertEquals(List.of(0x1000L, 0x3000L, 0x5000L), addresses(program.region(0x1000)));
  }

  @Test
  void wherePathsMeetAgainIsAsLikelyAsWhereTheyPart() {
    Program program = new Program();
    for (int i = 0; i < 12; i++) {
      long rip = 0x1000 + 0x100L * i;
      program
          .branch(rip, 2000, 1, rip + 0x40, rip + 0x80)
          .jump(rip + 0x40, 1000, 0, rip + 0x100)
          .jump(rip + 0x80, 1000, 0, rip + 0x100);
    }
    assertEquals(36, program.region(0x1000).blocks().size());
  }

  @Test
  void whatIsHardlyEverReachedStaysOutside() {
    Program program =
        new Program()
            .branch(0x1000, 100_000, 1, 0x2000, 0x3000)
            .jump(0x2000, 99_000, 1, 0x1000)
            .jump(0x3000, 1000, 1, 0x1000);
    assertEquals(List.of(0x1000L, 0x2000L), addresses(program.region(0x1000)));
  }

  /** The dispatch of an interpreter: handlers are units of their own, each as a whole. */
  @Test
  void targetsOfIndirectJumpsAreNoEntries() {
    long[] handlers = LongStream.range(0, 40).map(i -> 0x10_000 + 0x100 * i).toArray();
    Program program = new Program();
    for (int i = 0; i < handlers.length; i++) {
      program
          .branch(handlers[i], i < 2 ? 40_000 : 2000, 4, handlers[i] + 0x40, handlers[i] + 0x80)
          .indirect(handlers[i] + 0x40, i < 2 ? 40_000 : 2000, 4, handlers);
    }
    Region region = program.region(handlers[5]);
    List<Long> addresses = addresses(region);
    assertTrue(addresses.contains(handlers[5] + 0x40));
    assertTrue(addresses.containsAll(List.of(handlers[0], handlers[0] + 0x40)), "the likeliest");
    assertFalse(addresses.contains(handlers[20]), "one of many");
    assertEquals(List.of(handlers[5]), region.entries());
  }
}
