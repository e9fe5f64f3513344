package io.rookery.cpu.engine;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.GuestFault;
import java.util.Arrays;

/**
 * Runs blocks: the ends of blocks here, what is within them in {@link MicroOps}. Methods are split
 * as HotSpot compiles them best; none may have 8,000 bytes of bytecode, above which it compiles
 * nothing. Stateless but for its thread's tables; one per guest thread.
 */
final class Interpreter {
  /** Why {@link #run} came back; the whole state is in the {@link CpuState}. */
  static final int FAULT = 0;

  static final int ATTENTION = 1;
  static final int UNWOUND = 2;

  /** The block at {@code rip}, which is {@link ThreadContext#block}, used up its heat. */
  static final int HOT = 3;

  private Interpreter() {}

  static int run(CpuState s, ThreadContext context, Block first) {
    long[] r = s.r;
    Block block = first;
    long[] code = block.code;
    int pc = 0;
    try {
      while (true) {
        pc = MicroOps.execute(s, context, r, block, code, pc);
        if (pc < 0) {
          block = remainder(block, ~pc);
          code = block.code;
          pc = 0;
          continue;
        }
        long w = code[pc];
        int op = Op.op(w);
        context.at = pc;
        long target;
        Block next;
        switch (op) {
          case Op.JMP, Op.CALL -> {
            target = code[pc + 1];
            next = block.next0;
          }
          case Fused.PUSH_CALL -> {
            GuestMemory.push(s, r, code[pc + 2]);
            target = code[pc + 1];
            next = block.next0;
          }
          case Fused.POP_RET -> {
            target = GuestMemory.top(s, r);
            r[Reg.RSP] += Op.imm(w);
            next = context.table.find(target);
          }
          case Op.JMPR -> {
            target = r[Op.a(w)];
            next = block.next0;
            if (next == null || next.rip != target) {
              next = context.table.find(target);
              block.jumpsTo(target);
              block.next0 = next;
            }
          }
          case Op.CALLR, Op.RET -> {
            target = r[Op.a(w)];
            next = context.table.find(target);
          }
          case Op.SYSCALL -> {
            target = code[pc + 1];
            next = block.next0;
            s.rip = target;
            if (!s.port.systemCall(s, Op.imm(w))) {
              return UNWOUND;
            }
          }
          case Op.TRAP -> {
            s.rip = code[pc + 1];
            s.fault = new CpuFault(Op.imm(w));
            return FAULT;
          }
          default -> {
            if (Branch.isTaken(s, r, w)) {
              target = code[pc + 1];
              next = block.next0;
            } else {
              target = code[pc + 2];
              next = block.next1;
            }
          }
        }
        if (next == null || !next.valid || next.rip != target) {
          // Should the target not be fetchable, the fault is the target's, not the branch's.
          s.rip = target;
          next = context.successor(s, block, target, pc);
          if (next == null) {
            return FAULT;
          }
        }
        block = next;
        code = block.code;
        pc = 0;
        if (s.attention != 0 || --block.heat < 0) {
          s.rip = block.rip;
          context.block = block;
          return s.attention != 0 ? ATTENTION : HOT;
        }
      }
    } catch (GuestFault fault) {
      s.rip = block.rip + block.origin[context.at];
      s.fault = fault;
      return FAULT;
    }
  }

  /**
   * The block has changed under the instruction whose store came before {@code pc}: a block of the
   * rest of that instruction, which then goes on with the new code. Never linked, never found
   * again.
   */
  private static Block remainder(Block block, int pc) {
    int origin = block.origin[pc - 1];
    int end = pc;
    while (end < block.code.length && block.origin[end] == origin) {
      end++;
    }
    if (end == block.code.length) {
      long[] rest = Arrays.copyOfRange(block.code, pc, end);
      short[] origins = new short[rest.length];
      return detached(block, origin, rest, origins);
    }
    long[] rest = Arrays.copyOfRange(block.code, pc, end + 2);
    rest[end - pc] = Op.encode(Op.JMP, 0, 0, 0, 0);
    rest[end - pc + 1] = block.rip + block.origin[end];
    return detached(block, origin, rest, new short[rest.length]);
  }

  private static Block detached(Block block, int origin, long[] code, short[] origins) {
    return new Block(block.rip + origin, new BlockCode(code, origins, 0, 0), 0);
  }

  /**
   * Which successor link a block-ending micro-op at index {@code at} uses for {@code target}: 0, 1,
   * or -1 for none.
   */
  static int link(Block block, int at, long target) {
    long[] code = block.code;
    return switch (Op.op(code[at])) {
      case Op.JMP, Op.CALL, Op.SYSCALL, Fused.PUSH_CALL -> 0;
      case Op.JCC, Op.JNZ -> code[at + 1] == target ? 0 : 1;
      default -> {
        boolean jump = Op.op(code[at]) >= Fused.CMPJ && Op.op(code[at]) < Fused.CMPJI + 16;
        yield !jump ? -1 : code[at + 1] == target ? 0 : 1;
      }
    };
  }
}
