package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import io.rookery.cpu.helper.FloatWarmUp;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.CodeIdentity;
import io.rookery.mmu.FlightEvents;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Compiles units on a thread of its own. A unit is published when HotSpot has compiled it: until
 * then it would be slower than the interpreter.
 */
public final class BackgroundCompiler implements UnitCompiler {
  private static final Logger LOG = System.getLogger("io.rookery.cpu.jit");

  /** Requests beyond this are refused; their blocks come again. */
  private static final int MAX_QUEUED = 4096;

  private static final int MAX_WARMING = 32;

  /** A unit takes about 5.6 KB of metaspace and some more of the code cache. */
  private static final int MAX_UNITS = 20_000;

  private static final int RETRY = 10_000;

  /** Code on a page that is overwritten more often is interpreted for a while. */
  private static final int MAX_INVALIDATIONS = 20;

  private static final int PATIENCE = 1_000_000;

  /** A block of which nothing was executed for so long since it was offered is forgotten. */
  private static final long FORGET_NANOS = 200_000_000;

  private static final int FORGOTTEN = 1000;

  /** The heat of a block that was offered: it goes on counting. */
  private static final int OFFERED = Integer.MAX_VALUE;

  private record Request(Block block, BlockTable table, AddressSpace space, long time) {
    /** Executions since the block was offered. */
    int executions() {
      return OFFERED - block.heat;
    }

    /** Executions per time. */
    double heat(long now) {
      return (double) executions() / Math.max(now - time, 1);
    }
  }

  private final BlockingQueue<Request> queue = new LinkedBlockingQueue<>(MAX_QUEUED);
  private final List<Request> pending = new ArrayList<>();
  private final List<WeakReference<Unit>> live = new ArrayList<>();
  private final List<WarmUp> warming = new ArrayList<>();
  private final AtomicLong units = new AtomicLong();
  private final SharedUnits shared = new SharedUnits();
  private final Compilations compilations = new Compilations();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong attached = new AtomicLong();
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong warmUpNanos = new AtomicLong();
  private final AtomicLong bytecode = new AtomicLong();
  private final AtomicLong instructions = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();
  private final Thread thread;
  private boolean floatsWarm;
  private volatile boolean closed;

  public BackgroundCompiler() {
    thread = Thread.ofPlatform().daemon().name("rookery-jit").start(this::work);
  }

  @Override
  public boolean knows(long rip, CodeIdentity page, boolean longMode) {
    return shared.has(rip, page, longMode);
  }

  @Override
  public void hot(Block block, BlockTable table, CpuState cpu) {
    if (attach(block, table, cpu)) {
      return;
    }
    if (!queue.offer(new Request(block, table, cpu.space, System.nanoTime()))) {
      block.heat = RETRY;
    }
  }

  @Override
  public Map<String, Long> statistics() {
    Map<String, Long> result = new LinkedHashMap<>();
    result.put("units", units.get());
    result.put("units refused", refused.get());
    result.put("units shared", attached.get());
    result.put("units published", published.get());
    result.put("unit warm-up milliseconds", warmUpNanos.get() / 1_000_000);
    result.put("unit instructions", instructions.get());
    result.put("unit bytecode bytes", bytecode.get());
    result.put("unit emission microseconds", nanos.get() / 1000);
    result.put("units of one place at most", (long) compilations.most());
    result.put("units waiting", (long) queue.size() + pending.size());
    return result;
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      // What it compiles just now still holds an address space.
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    WarmUp.calibrate();
    while (!closed) {
      try {
        Request request = take();
        if (request != null) {
          compile(request);
        }
        publishReady();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | LinkageError e) {
        LOG.log(Level.ERROR, "a unit was not compiled, its code stays interpreted", e);
      }
    }
  }

  /** Has HotSpot see both outcomes of the branches in the floating-point helpers, when needed. */
  private void warmFloats(Region region, AddressSpace space) {
    if (!floatsWarm && region.computesFloats()) {
      FloatWarmUp.run(new CpuState(space, (state, kind) -> true));
      floatsWarm = true;
    }
  }

  /**
   * The request whose block is executed most often just now; null when units that are warming up
   * should be looked at first.
   */
  private @Nullable Request take() throws InterruptedException {
    queue.drainTo(pending, MAX_QUEUED - pending.size());
    long now = System.nanoTime();
    pending.removeIf(request -> forget(request, now));
    if (warming.size() >= MAX_WARMING) {
      return pause();
    }
    if (pending.isEmpty()) {
      return warming.isEmpty() ? queue.take() : queue.poll(1, TimeUnit.MILLISECONDS);
    }
    int hottest = 0;
    for (int i = 1; i < pending.size(); i++) {
      if (pending.get(i).heat(now) > pending.get(hottest).heat(now)) {
        hottest = i;
      }
    }
    return pending.remove(hottest);
  }

  /** Whether {@code request} is not worth a unit any more; its block is offered again some day. */
  private static boolean forget(Request request, long now) {
    Block block = request.block();
    boolean idle = request.executions() == 0 && now - request.time() > FORGET_NANOS;
    if (idle) {
      block.heat = FORGOTTEN;
    }
    return idle || !block.valid || request.space().hasEnded();
  }

  private static @Nullable Request pause() throws InterruptedException {
    Thread.sleep(1);
    return null;
  }

  private void compile(Request request) {
    Block block = request.block();
    if (!block.valid || block.unit != null || isWarming(block)) {
      return;
    }
    if (block.waitsForContaining()) {
      block.heat = RETRY;
      return;
    }
    if (isFull() || request.table().invalidations(block.rip) > MAX_INVALIDATIONS) {
      block.heat = PATIENCE;
      refused.incrementAndGet();
      return;
    }
    AddressSpace space = request.space();
    try {
      // Keeps the memory that code is read from; fails when the process has ended meanwhile.
      space.retain();
    } catch (IllegalStateException e) {
      return;
    }
    try {
      UnitCompilationEvent event = FlightEvents.areWanted() ? new UnitCompilationEvent() : null;
      if (event != null) {
        event.begin();
      }
      long start = System.nanoTime();
      CodeReader reader = new CodeReader(request.table(), space);
      UnitFactory.Result result = UnitFactory.compile(reader, block.rip, UnitFactory.style(block));
      if (result == null) {
        return;
      }
      warmFloats(result.region(), space);
      List<Block> blocks = reader.used(result.region());
      List<Block> entries = contain(result, blocks);
      shared.add(result, blocks, space);
      nanos.addAndGet(System.nanoTime() - start);
      units.incrementAndGet();
      compilations.count(space, block.rip);
      bytecode.addAndGet(result.size());
      int guest = result.region().blocks().stream().mapToInt(GuestBlock::instructions).sum();
      instructions.addAndGet(guest);
      if (event != null) {
        event.address = block.rip;
        event.blocks = result.region().blocks().size();
        event.instructions = guest;
        event.bytecode = result.size();
        event.commit();
      }
      warming.add(new WarmUp(result, entries));
      live.add(new WeakReference<>(result.unit()));
    } finally {
      space.release();
    }
  }

  /**
   * Makes {@code block} enter what was compiled for the same code in another process; false if
   * there is nothing.
   */
  private boolean attach(Block block, BlockTable table, CpuState cpu) {
    Style style = UnitFactory.style(block);
    SharedUnits.Shared found = shared.find(block.rip, cpu.space, cpu.longMode, style);
    if (found == null || !found.made().compiled().get()) {
      return false;
    }
    CodeReader reader = new CodeReader(table, cpu.space);
    UnitFactory.Result made = SharedUnits.instantiate(found, reader, cpu.space);
    if (made == null) {
      return false;
    }
    made.unit().publish(contain(made, reader.used(made.region())));
    attached.incrementAndGet();
    return true;
  }

  /** Ties a unit to its blocks; the ones where it can be entered. */
  private static List<Block> contain(UnitFactory.Result made, List<Block> blocks) {
    List<Block> entries = new ArrayList<>();
    for (Block block : blocks) {
      block.addContaining(made.unit());
      if (made.region().entries().contains(block.rip)) {
        entries.add(block);
      }
    }
    return entries;
  }

  /**
   * Whether there are as many units as metaspace and code cache shall hold; the rest stays
   * interpreted.
   */
  private boolean isFull() {
    if (live.size() >= MAX_UNITS) {
      live.removeIf(
          reference -> {
            Unit unit = reference.get();
            return unit == null || unit.isDead();
          });
    }
    return live.size() >= MAX_UNITS;
  }

  private boolean isWarming(Block block) {
    return warming.stream().anyMatch(unit -> unit.entries().contains(block));
  }

  private void publishReady() {
    Iterator<WarmUp> all = warming.iterator();
    while (all.hasNext()) {
      WarmUp unit = all.next();
      if (unit.unit().isDead()) {
        all.remove();
      } else if (unit.ready()) {
        all.remove();
        unit.publish();
        published.incrementAndGet();
        warmUpNanos.addAndGet(unit.age());
      }
    }
  }
}
