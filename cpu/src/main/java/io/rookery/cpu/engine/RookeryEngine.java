package io.rookery.cpu.engine;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.cpu.helper.FarTransfer;
import io.rookery.cpu.jit.Floats;
import io.rookery.cpu.jit.Unit;
import io.rookery.cpu.jit.UnitCompiler;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The dispatcher: interprets blocks, and runs compiled units where there are any. */
public final class RookeryEngine implements Engine {
  private static final int NEVER = Integer.MAX_VALUE;

  private final TranslationCache translations = new TranslationCache();
  private final Counters counters = new Counters();
  private final @Nullable UnitCompiler compiler;
  private final int threshold;
  private final CpuModel model;

  private RookeryEngine(@Nullable UnitCompiler compiler, int threshold, CpuModel model) {
    this.compiler = compiler;
    this.threshold = threshold;
    this.model = model;
  }

  /** An engine that only interprets. */
  public static RookeryEngine interpreter() {
    return interpreter(CpuModel.X86_64_V3);
  }

  /** An engine that only interprets, for one processor model. */
  public static RookeryEngine interpreter(CpuModel model) {
    return new RookeryEngine(null, NEVER, model);
  }

  /**
   * An engine that offers blocks executed {@code threshold} times to {@code compiler}, which it
   * then owns.
   */
  public static RookeryEngine compiling(UnitCompiler compiler, int threshold) {
    return compiling(compiler, threshold, CpuModel.X86_64_V3);
  }

  /** As above for one processor model. Translations are the engine's, so they are for it alone. */
  public static RookeryEngine compiling(UnitCompiler compiler, int threshold, CpuModel model) {
    return new RookeryEngine(compiler, threshold, model);
  }

  @Override
  public CpuModel model() {
    return model;
  }

  private ThreadContext context(CpuState cpu) {
    if (cpu.engineData instanceof ThreadContext context && context.fits(cpu)) {
      return context;
    }
    ThreadContext context = new ThreadContext(cpu.space, table(cpu.space, cpu.longMode));
    cpu.engineData = context;
    cpu.model = model;
    return context;
  }

  /** The blocks of {@code space} in one mode; they go with it, whose listener they are. */
  private BlockTable table(AddressSpace space, boolean longMode) {
    synchronized (translations) {
      if (space.codeListener() instanceof BlockTable table && table.uses(translations)) {
        return table.inMode(longMode);
      }
      BlockTable table = new BlockTable(translations, counters, threshold, compiler, model);
      space.setCodeListener(table); // it stands for all pages, whatever the mode
      return table.inMode(longMode);
    }
  }

  @Override
  public Exit run(CpuState cpu) {
    ThreadContext context = context(cpu);
    cpu.fault = null;
    while (true) {
      if (cpu.attention != 0) {
        return Exit.ATTENTION;
      }
      int outcome =
          (cpu.otherFlags & CpuState.TRAP_FLAG) == 0
              ? runBlocks(cpu, context)
              : SingleStep.run(cpu, context);
      switch (outcome) {
        case Interpreter.FAULT -> {
          if (!(cpu.fault instanceof FarTransfer transfer)) {
            FaultDetail.complete(cpu);
            return Exit.FAULT;
          }
          cpu.fault = null;
          transfer.apply(cpu);
          context = context(cpu);
        }
        case Interpreter.ATTENTION -> {
          return Exit.ATTENTION;
        }
        case Interpreter.UNWOUND -> {
          return Exit.UNWOUND;
        }
        default -> {
          // Go on at cpu.rip.
        }
      }
    }
  }

  private int runBlocks(CpuState cpu, ThreadContext context) {
    Block block = context.enter(cpu, cpu.rip);
    if (block == null) {
      return Interpreter.FAULT;
    }
    Unit unit = block.unit;
    if (unit != null) {
      return runUnit(cpu, context, unit);
    }
    // Blocks that only compiled code leads to are counted here.
    if (--block.heat < 0) {
      heated(cpu, context, block);
    }
    int outcome = Interpreter.run(cpu, context, block);
    if (outcome == Interpreter.HOT) {
      heated(cpu, context, context.block);
    }
    return outcome;
  }

  /**
   * Runs {@code first} and the units that it leads to. What changes the mode, the address space or
   * TF leaves them by an exception or as {@link Unit#UNWOUND}.
   */
  private int runUnit(CpuState cpu, ThreadContext context, Unit first) {
    try {
      int status = first.run(cpu, (int) cpu.rip);
      while (status == Unit.GO_ON && cpu.attention == 0) {
        Block next = context.table.find(cpu.rip);
        Unit unit = next == null ? null : next.unit;
        if (unit == null) {
          break;
        }
        status = unit.run(cpu, (int) cpu.rip);
      }
      return switch (status) {
        case Unit.ATTENTION -> Interpreter.ATTENTION;
        case Unit.UNWOUND -> Interpreter.UNWOUND;
        case Unit.REFUSED -> interpretRefused(cpu, context);
        default -> Interpreter.HOT;
      };
    } catch (GuestFault fault) {
      cpu.fault = fault;
      return Interpreter.FAULT;
    }
  }

  /** Executes the instruction that a unit was refused, and the rest of its block. */
  private int interpretRefused(CpuState cpu, ThreadContext context) {
    if (cpu.refusedBy instanceof Unit unit) {
      counters.refused(cpu.refusedAddress == Unit.UNUSUAL_FLOAT);
      unit.refused(cpu, cpu.refusedAddress);
      cpu.refusedBy = null;
    }
    Block block = context.enter(cpu, cpu.rip);
    if (block == null) {
      return Interpreter.FAULT;
    }
    return Interpreter.run(cpu, context, block);
  }

  private void heated(CpuState cpu, ThreadContext context, @Nullable Block block) {
    if (block != null && block.unit == null) {
      block.heat = NEVER;
      if (compiler != null) {
        if (block.floats == Floats.ROUNDED && !cpu.hasRounded()) {
          block.floats = Floats.EXACT;
        }
        compiler.hot(block, context.table, cpu);
      }
    }
  }

  @Override
  public Map<String, Long> statistics() {
    Map<String, Long> result = counters.snapshot();
    result.put("translations shared", (long) translations.size());
    if (compiler != null) {
      result.putAll(compiler.statistics());
    }
    return result;
  }

  @Override
  public void close() {
    if (compiler != null) {
      compiler.close();
    }
  }
}
