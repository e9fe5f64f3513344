package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Emits the micro-ops on guest memory. */
abstract class MemoryEmitter {
  final MethodVisitor code;
  final OpEmitter ops;

  MemoryEmitter(MethodVisitor code, OpEmitter ops) {
    this.code = code;
    this.ops = ops;
  }

  /**
   * Emits what comes in front of a micro-op that may be refused: an access, or a test of alignment.
   *
   * @param test the rights to test; null for alignment
   * @param refused leaves the unit in front of the current instruction
   */
  abstract void prepare(long word, AccessPlan.@Nullable Test test, Label refused);

  abstract void emit(long word);

  /** The method of {@link io.rookery.mmu.Atomics} and its like for {@code op}. */
  static String locked(int op) {
    return switch (op) {
      case Op.XADD -> "getAndAdd";
      case Op.XCHG -> "getAndSet";
      case Op.XAND -> "getAndAnd";
      case Op.XOR -> "getAndOr";
      case Op.XXOR -> "getAndXor";
      default -> "compareAndExchange";
    };
  }

  /** Bits of an access: the suffix of the accessors' names. */
  static int bits(long word) {
    return AccessPlan.size(word) * 8;
  }

  static boolean isLoad(int op) {
    return op >= Op.LOAD8 && op <= Op.LOAD256;
  }

  static boolean isLocked(int op) {
    return op >= Op.XADD && op <= Op.CAS;
  }
}
