package io.rookery.cpu.lift;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;

/**
 * Turns one decoded instruction into micro-ops, by handing it to the lifter of its family. Not
 * thread-safe.
 *
 * <p>What no lifter knows raises #UD, as an extension that CPUID does not report should.
 */
final class Lifter {
  private final Operands ops;
  private final AluLifter alu;
  private final ShiftLifter shift;
  private final BitLifter bit;
  private final MultiplyLifter multiply;
  private final MoveLifter move;
  private final StackLifter stack;
  private final BranchLifter branch;
  private final FarLifter far;
  private final StringLifter string;
  private final SystemLifter system;
  private final SseLifter vectors;

  Lifter(IrBuilder out) {
    ops = new Operands(out);
    alu = new AluLifter(ops);
    shift = new ShiftLifter(ops);
    bit = new BitLifter(ops);
    multiply = new MultiplyLifter(ops);
    move = new MoveLifter(ops);
    stack = new StackLifter(ops);
    branch = new BranchLifter(ops, stack);
    far = new FarLifter(ops);
    string = new StringLifter(ops);
    system = new SystemLifter(ops);
    vectors = new SseLifter(ops);
  }

  /** Appends the micro-ops of {@code i}; true if they end the block. */
  boolean lift(Insn i) {
    ops.begin();
    switch (i.mnemonic) {
      case JMP -> branch.jmp(i);
      case JCC -> branch.jcc(i);
      case CALL -> branch.call(i);
      case RET -> branch.ret(i);
      case JMPF, CALLF, RETF, IRET -> far.transfer(i);
      case LOOP, LOOPE, LOOPNE -> branch.loop(i);
      case JCXZ -> branch.jrcxz(i);
      case SYSCALL -> branch.syscall(i);
      case SYSENTER -> branch.sysenter(i);
      case INT -> branch.interrupt(i);
      case INT3 -> branch.trap(i, CpuFault.BREAKPOINT);
      case INT1 -> branch.trap(i, CpuFault.DEBUG);
      case MOVS, STOS, LODS, CMPS, SCAS -> {
        return string.lift(i);
      }
      default -> {
        boolean privileged = Privileged.usesControlRegister(i);
        if (!privileged && (liftInteger(i) || vectors.lift(i))) {
          return false;
        }
        ops.fault(i, privileged ? CpuFault.GENERAL_PROTECTION : Privileged.vector(i.mnemonic));
      }
    }
    return true;
  }

  /** Ends the block with a jump to {@code target}. */
  void jump(long target) {
    branch.jump(target);
  }

  /** Integer instructions that do not end a block; false if {@code i} is none. */
  private boolean liftInteger(Insn i) {
    switch (i.mnemonic) {
      case MOV -> move.mov(i);
      case LDS, LES, LFS, LGS, LSS -> far.loadPointer(i);
      case MOVZX -> move.movzx(i);
      case MOVSX, MOVSXD -> move.movsx(i);
      case LEA -> move.lea(i);
      case XLAT -> move.xlat(i);
      case CBW -> move.extendAccumulator(i);
      case CWD -> move.extendIntoRdx(i);
      case SETCC -> move.setcc(i);
      case CMOVCC -> move.cmov(i);
      case ADD -> alu.add(i);
      case SUB -> alu.sub(i);
      case CMP -> alu.cmp(i);
      case TEST -> alu.test(i);
      case AND -> alu.logic(i, Op.AND64, Op.AND32, Op.ANDI64, Op.ANDI32, Op.XAND);
      case OR -> alu.logic(i, Op.OR64, Op.OR32, Op.ORI64, Op.ORI32, Op.XOR);
      case XOR -> alu.logic(i, Op.XOR64, Op.XOR32, Op.XORI64, Op.XORI32, Op.XXOR);
      case ADC -> alu.withCarry(i, Flags.ADD);
      case SBB -> alu.withCarry(i, Flags.SUB);
      case INC -> alu.incDec(i, Flags.INC);
      case DEC -> alu.incDec(i, Flags.DEC);
      case NEG -> alu.neg(i);
      case NOT -> alu.not(i);
      case XCHG -> alu.xchg(i);
      case XADD -> alu.xadd(i);
      case CMPXCHG -> alu.cmpxchg(i);
      case CMPXCHG8B, CMPXCHG16B -> alu.cmpxchg8b16b(i);
      case SHL -> shift.shift(i, Flags.SHL);
      case SHR -> shift.shift(i, Flags.SHR);
      case SAR -> shift.shift(i, Flags.SAR);
      case ROL, ROR -> shift.rotate(i);
      case RCL, RCR -> shift.rotateThroughCarry(i);
      case SHLD, SHRD -> shift.doubleShift(i);
      case MUL -> multiply.accumulator(i, false);
      case IMUL -> {
        if (i.operands == 1) {
          multiply.accumulator(i, true);
        } else {
          multiply.imul(i);
        }
      }
      case DIV -> multiply.divide(i, false);
      case IDIV -> multiply.divide(i, true);
      case PUSH -> stack.push(i);
      case POP -> stack.pop(i);
      case PUSHF -> stack.pushf(i);
      case POPF -> stack.popf(i);
      case PUSHA -> stack.pusha(i);
      case POPA -> stack.popa(i);
      case ENTER -> stack.enter(i);
      case LEAVE -> stack.leave(i);
      default -> {
        return liftBits(i) || liftSystem(i);
      }
    }
    return true;
  }

  private boolean liftBits(Insn i) {
    switch (i.mnemonic) {
      case BT, BTS, BTR, BTC -> bit.bitTest(i);
      case BSF, BSR -> bit.scan(i);
      case TZCNT, LZCNT -> bit.count(i);
      case POPCNT -> bit.popcnt(i);
      case BSWAP -> bit.bswap(i);
      case MOVBE -> bit.movbe(i);
      case ANDN -> bit.andn(i);
      case BLSI, BLSR, BLSMSK -> bit.lowestBit(i);
      case BEXTR, BZHI -> bit.extract(i);
      case PDEP, PEXT -> bit.depositExtract(i);
      case RORX, SARX, SHLX, SHRX -> bit.flaglessShift(i);
      case MULX -> bit.mulx(i);
      case ADCX, ADOX -> bit.addCarry(i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean liftSystem(Insn i) {
    switch (i.mnemonic) {
      case CLFLUSH, CLFLUSHOPT, CLWB -> ops.memory(i, Op.LOAD8, ops.temp()); // it may fault
      case NOP, PAUSE -> {
        // Nothing that a program could observe.
      }
      case MFENCE, LFENCE, SFENCE -> ops.op(Op.FENCE, 0, 0);
      case CLC, STC, CMC -> system.carry(i);
      case CLD, STD -> system.direction(i);
      case LAHF -> system.lahf();
      case AAA -> system.simple(Helper.AAA);
      case AAS -> system.simple(Helper.AAS);
      case DAA -> system.simple(Helper.DAA);
      case DAS -> system.simple(Helper.DAS);
      case SALC -> system.simple(Helper.SALC);
      case AAD -> ops.exec(Helper.AAD, 0, 0, 0, (int) i.imm);
      case AAM -> ops.exec(Helper.AAM, 0, 0, 0, (int) i.imm);
      case SAHF -> system.sahf();
      case CPUID -> system.simple(Helper.CPUID);
      case RDTSC -> system.simple(Helper.RDTSC);
      case RDTSCP -> system.simple(Helper.RDTSCP);
      case XGETBV -> system.simple(Helper.XGETBV);
      case RDRAND, RDSEED -> system.random(i);
      case RDPID -> system.rdpid(i);
      case INTO -> branch.into(i);
      case BOUND -> system.bound(i);
      case ARPL -> system.arpl(i);
      case SGDT, SIDT -> system.tableRegister(i);
      case LAR -> ops.exec(Helper.SEGMENT_RIGHTS, i.reg[0], ops.read(i, 1), 0, i.operandBits);
      case LSL -> ops.exec(Helper.SEGMENT_LIMIT, i.reg[0], ops.read(i, 1), 0, i.operandBits);
      case VERR -> ops.exec(Helper.VERIFY_READ, 0, ops.read(i, 0), 0, 0);
      case VERW -> ops.exec(Helper.VERIFY_WRITE, 0, ops.read(i, 0), 0, 0);
      case SLDT, STR, SMSW -> system.systemWord(i);
      case RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE -> system.segmentBase(i);
      default -> {
        return false;
      }
    }
    return true;
  }
}
