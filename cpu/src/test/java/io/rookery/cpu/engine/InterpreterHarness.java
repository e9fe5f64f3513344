package io.rookery.cpu.engine;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs micro-ops that were not lifted from guest code on the interpreter. */
public final class InterpreterHarness {
  private InterpreterHarness() {}

  /**
   * Runs {@code blocks}, the first one first, until one leads to an address that is none of theirs
   * and cannot be fetched.
   *
   * @return false if a system call unwound
   */
  public static boolean run(CpuState cpu, List<Ir> blocks) {
    Map<Long, Block> made = new HashMap<>();
    for (Ir ir : blocks) {
      made.put(ir.rip(), new Block(ir.rip(), Fuser.fuse(ir.builder(), 1), Integer.MAX_VALUE));
    }
    for (Ir ir : blocks) {
      link(made, made.get(ir.rip()), ir.builder().code());
    }
    BlockTable table =
        new BlockTable(
            new TranslationCache(), new Counters(), Integer.MAX_VALUE, null, CpuModel.X86_64_V3);
    ThreadContext context = new ThreadContext(cpu.space, table);
    int outcome = Interpreter.run(cpu, context, made.get(blocks.getFirst().rip()));
    return outcome != Interpreter.UNWOUND;
  }

  /** A block that has not been translated. */
  public static Block absent(long rip) {
    return Block.absent(rip);
  }

  /** One block as it was built; {@code builder} is not used again. */
  public record Ir(long rip, IrBuilder builder) {}

  private static void link(Map<Long, Block> made, @Nullable Block block, long[] code) {
    int at = 0;
    while (at + Op.length(Op.op(code[at])) < code.length) {
      at += Op.length(Op.op(code[at]));
    }
    int op = Op.op(code[at]);
    if (block != null && Op.length(op) > 1) {
      block.next0 = made.get(code[at + 1]);
      if (op == Op.JCC || op == Op.JNZ) {
        block.next1 = made.get(code[at + 2]);
      }
    }
  }
}
