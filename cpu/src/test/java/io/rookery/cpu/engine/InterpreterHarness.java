package io.rookery.cpu.engine;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import java.util.ArrayList;
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
    return run(cpu, blocks, blocks.getFirst());
  }

  /** As above, but the first instruction is the one at {@code cpu.rip}, within a block. */
  public static boolean resume(CpuState cpu, List<Ir> blocks) {
    for (Ir ir : blocks) {
      short[] origin = ir.builder().origin();
      for (int at = 0; at < origin.length; at++) {
        if (ir.rip() + origin[at] == cpu.rip) {
          Ir rest = new Ir(cpu.rip, rest(ir, at));
          List<Ir> all = new ArrayList<>(blocks);
          all.removeIf(other -> other.rip() == cpu.rip);
          all.add(rest);
          return run(cpu, all, rest);
        }
      }
    }
    throw new IllegalArgumentException("no instruction at 0x" + Long.toHexString(cpu.rip));
  }

  private static IrBuilder rest(Ir ir, int from) {
    long[] code = ir.builder().code();
    short[] origin = ir.builder().origin();
    IrBuilder rest = new IrBuilder();
    rest.begin(ir.rip() + origin[from]);
    for (int at = from; at < code.length; at += Op.length(Op.op(code[at]))) {
      long word = code[at];
      rest.instruction(ir.rip() + origin[at]);
      rest.emit(Op.op(word), Op.d(word), Op.a(word), Op.b(word), Op.imm(word));
      for (int extra = 1; extra < Op.length(Op.op(word)); extra++) {
        rest.extra(code[at + extra]);
      }
    }
    return rest;
  }

  private static boolean run(CpuState cpu, List<Ir> blocks, Ir first) {
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
    int outcome = Interpreter.run(cpu, context, made.get(first.rip()));
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
