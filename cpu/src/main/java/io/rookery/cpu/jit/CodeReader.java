package io.rookery.cpu.jit;

import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.Protection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lifts the guest code of a unit again, the interpreter having its own form of it. Only blocks that
 * were executed are read: their pages are marked, so that a change that comes while they are read
 * invalidates them.
 */
final class CodeReader implements RegionBuilder.Source {
  private final BlockTable table;
  private final AddressSpace space;
  private final BlockLifter lifter;
  private final Map<Long, Block> read = new HashMap<>();

  CodeReader(BlockTable table, AddressSpace space) {
    this.table = table;
    this.space = space;
    lifter = table.lifter();
  }

  @Override
  public @Nullable GuestBlock find(long rip) {
    Block block = table.find(rip);
    if (block == null || (!read.isEmpty() && table.isCold(block))) {
      return null;
    }
    IrBuilder ir;
    try {
      ir = lifter.lift(space, rip);
    } catch (GuestFault e) {
      return null;
    }
    if (!block.valid) {
      return null;
    }
    read.put(rip, block);
    return new GuestBlock(rip, ir.code(), ir.origin(), near(rip, block.targets()));
  }

  @Override
  public int executions(long rip) {
    Block block = table.find(rip);
    return block == null ? 0 : table.executions(block);
  }

  /** Those targets that an offset of 32 bits tells apart. */
  private static long[] near(long rip, long[] targets) {
    return Arrays.stream(targets).filter(target -> target >>> 32 == rip >>> 32).toArray();
  }

  /** Pages of the window. */
  long pages() {
    return space.pages;
  }

  boolean longMode() {
    return table.longMode();
  }

  /** Whether the page of {@code rip} may be written to. */
  boolean writable(long rip) {
    Mapping mapping = space.mappingAt(rip);
    return mapping == null || (mapping.protection() & Protection.WRITE) != 0;
  }

  /** Joins a new unit to the functions that it calls. */
  void link(UnitFactory.Result made) {
    made.unit().table = table;
    made.unit().link(made.callees().stream().map(table::findOrName).toArray(Block[]::new));
  }

  /** The block at {@code rip}, executed or not; null if it cannot be fetched. */
  @Nullable Block translate(long rip) {
    try {
      Block block = table.get(rip, space, lifter);
      read.put(rip, block);
      return block;
    } catch (GuestFault e) {
      return null;
    }
  }

  /** The blocks that {@code region} was read from. */
  List<Block> used(Region region) {
    List<Block> used = new ArrayList<>();
    for (GuestBlock part : region.blocks()) {
      Block block = read.get(part.rip());
      if (block != null) {
        used.add(block);
      }
    }
    return used;
  }
}
