package io.rookery.cpu.engine;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.FarTransfer;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.GuestFault;
import java.util.Arrays;

/**
 * Runs one instruction as EFLAGS.TF asks for: behind it comes #DB (SDM vol. 3, 18.3.1.4), behind
 * each round where it is a repeated one. Nothing is kept of its translation.
 */
final class SingleStep {
  /** Condition code E. */
  private static final int EQUAL = 4;

  private final CpuState cpu;
  private final Insn insn = new Insn();
  private long[] code = {};

  /** Where in {@link #code} the micro-op is that leaves the instruction. */
  private int end;

  private SingleStep(CpuState cpu) {
    this.cpu = cpu;
  }

  /**
   * One instruction.
   *
   * @return an outcome of {@link Interpreter#run}; the trap is a {@link Interpreter#FAULT}
   */
  static int run(CpuState cpu, ThreadContext context) {
    SingleStep step = new SingleStep(cpu);
    try {
      step.lift(context.lifter());
    } catch (GuestFault fault) {
      cpu.fault = fault;
      return Interpreter.FAULT;
    }
    return step.run(context);
  }

  private void lift(BlockLifter lifter) {
    IrBuilder ir = lifter.liftOne(cpu.space, cpu.rip, insn);
    code = Arrays.copyOf(ir.code(), ir.size() + Op.length(Op.TRAP));
    end = 0;
    if (isRepeated() && count() == 0) {
      Arrays.fill(code, 0);
      return;
    }
    while (end < ir.size() && Op.op(code[end]) < Op.JMP) {
      end += Op.length(Op.op(code[end]));
    }
  }

  private int run(ThreadContext context) {
    long[] body = Arrays.copyOf(code, end + Op.length(Op.TRAP));
    body[end] = Op.encode(Op.TRAP, 0, 0, 0, CpuFault.DEBUG);
    body[end + 1] = cpu.rip;
    Block block = new Block(cpu.rip, new BlockCode(body, new short[body.length], 0, 0), 0);
    long eflags = cpu.eflags();
    cpu.fault = null;
    int outcome = Interpreter.run(cpu, context, block);
    if (cpu.fault instanceof FarTransfer transfer) {
      transfer.apply(cpu);
      return trap(cpu.rip);
    }
    boolean done = cpu.fault instanceof CpuFault fault && fault.vector() == CpuFault.DEBUG;
    return done ? leave(eflags) : outcome;
  }

  /** {@code eflags}: what the instruction began with. */
  private int leave(long eflags) {
    long word = code[end];
    return switch (Op.op(word)) {
      case Op.JMP, Op.CALL -> trap(code[end + 1]);
      case Op.JCC -> trap(code[end + (isTrue(Op.d(word)) ? 1 : 2)]);
      case Op.JNZ -> trap(code[end + (cpu.r[Op.a(word)] != 0 ? 1 : 2)]);
      case Op.JMPR, Op.CALLR, Op.RET -> trap(cpu.r[Op.a(word)]);
      case Op.SYSCALL -> systemCall(Op.imm(word));
      case Op.TRAP -> {
        cpu.rip = code[end + 1];
        cpu.fault = new CpuFault(Op.imm(word));
        yield Interpreter.FAULT;
      }
      default -> {
        if (!isFollowedByTrap()) {
          yield goOn();
        }
        if (!isRepeated() || !goesOn()) {
          yield trap(insn.next);
        }
        cpu.setEflags(eflags); // the last round sets them
        yield trap(cpu.rip);
      }
    };
  }

  private int trap(long rip) {
    cpu.rip = rip;
    cpu.fault = new CpuFault(CpuFault.DEBUG, CpuFault.SINGLE_STEP);
    return Interpreter.FAULT;
  }

  private int goOn() {
    cpu.rip = insn.next;
    cpu.fault = null;
    return Interpreter.HOT;
  }

  /** The kernel gets TF cleared, and programs their flags back with IRET, which does not trap. */
  private int systemCall(int kind) {
    goOn();
    return cpu.port.systemCall(cpu, kind) ? Interpreter.HOT : Interpreter.UNWOUND;
  }

  /**
   * Loading SS puts the trap off (SDM vol. 3, 6.8.3), and Linux returns from what it carries out
   * itself (UMIP) as from a system call.
   */
  private boolean isFollowedByTrap() {
    return switch (insn.mnemonic) {
      case MOV, POP -> insn.kind[0] != Insn.SEG || insn.reg[0] != Segments.SS;
      case SGDT, SIDT, SLDT, STR, SMSW -> false;
      default -> true;
    };
  }

  private boolean isTrue(int condition) {
    return Flags.test(condition, cpu.flagsKind, cpu.flagsX, cpu.flagsY);
  }

  private boolean isRepeated() {
    return switch (insn.mnemonic) {
      case MOVS, STOS, LODS, CMPS, SCAS -> insn.rep || insn.repne;
      default -> false;
    };
  }

  private long count() {
    return insn.addressBits == 64 ? cpu.r[Reg.RCX] : cpu.r[Reg.RCX] & countMask();
  }

  private long countMask() {
    return (1L << insn.addressBits) - 1;
  }

  /** Counts a round of a repeated string instruction; whether another one follows. */
  private boolean goesOn() {
    if (count() == 0) {
      return false; // there was none
    }
    long left = cpu.r[Reg.RCX] - 1;
    cpu.r[Reg.RCX] =
        switch (insn.addressBits) {
          case 64 -> left;
          case 32 -> left & countMask();
          default -> cpu.r[Reg.RCX] & ~countMask() | left & countMask();
        };
    boolean compares = insn.mnemonic == Mnemonic.CMPS || insn.mnemonic == Mnemonic.SCAS;
    return count() != 0 && (!compares || isTrue(EQUAL) != insn.repne);
  }
}
