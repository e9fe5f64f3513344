package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.objectweb.asm.Opcodes;

/** Where a unit keeps what: the slots of its JVM local variables. */
final class Locals {
  static final int THIS = 0;
  static final int CPU = 1;

  /** The low half of the address where the unit is entered. */
  static final int ENTRY = 2;

  /** How many units deep the call of this one is. */
  static final int DEPTH = 3;

  static final int FILE = 4;
  static final int SPACE = 5;
  static final int BASE = 6;
  static final int PERMS = 8;

  /** Where to go on, when leaving; the current instruction, where it may throw. */
  static final int TARGET = 10;

  /** What {@code run} answers. */
  static final int STATUS = 12;

  static final int KIND = 13;
  static final int X = 14;
  static final int Y = 16;
  static final int ADDRESS = 18;

  /** A float that is still to be tested. */
  static final int RESULT = 20;

  /** Zero where the MXCSR lets floats take {@link FloatEmitter}'s way. */
  static final int FLOATS = 22;

  private static final int FIRST_REGISTER = 23;

  private final int[] slots = new int[256];
  private final BitSet used = new BitSet();
  private final BitSet temporaries = new BitSet();
  private final int count;
  private boolean floatsUsed;

  Locals(Region region) {
    for (GuestBlock block : region.blocks()) {
      long[] code = block.code();
      for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
        note(code[at]);
      }
    }
    int next = FIRST_REGISTER;
    for (int i = used.nextSetBit(0); i >= 0; i = used.nextSetBit(i + 1)) {
      slots[i] = next;
      next += 2;
    }
    for (int i = temporaries.nextSetBit(0); i >= 0; i = temporaries.nextSetBit(i + 1)) {
      slots[i] = next;
      next += 2;
    }
    count = next;
  }

  private void note(long word) {
    floatsUsed |= FloatRule.of(word) != null;
    if (Op.op(word) == Op.CALL || Op.op(word) == Op.CALLR) {
      used.set(Reg.RSP);
    }
    OpInfo.visit(
        word,
        (register, written) -> {
          if (OpInfo.isTemporary(register)) {
            temporaries.set(register);
          } else if (register != Reg.ZERO) {
            used.set(register);
          }
        });
  }

  int slot(int register) {
    return slots[register];
  }

  /** Number of slots. */
  int count() {
    return count;
  }

  /** Registers, without temporaries, that the unit reads or writes. */
  BitSet used() {
    return used;
  }

  BitSet temporaries() {
    return temporaries;
  }

  /** Whether there is arithmetic that {@link #FLOATS} matters to. */
  boolean floatsUsed() {
    return floatsUsed;
  }

  /** The verifier's types of all locals, which are the same at every label. */
  Object[] types() {
    List<Object> types = new ArrayList<>();
    types.add(Names.CODE);
    types.add(Names.CPU_STATE);
    types.add(Opcodes.INTEGER);
    types.add(Opcodes.INTEGER);
    types.add("[J");
    types.add(Names.ADDRESS_SPACE);
    for (int i = 0; i < 3; i++) {
      types.add(Opcodes.LONG);
    }
    types.add(Opcodes.INTEGER);
    types.add(Opcodes.INTEGER);
    for (int slot = X; slot < FLOATS; slot += 2) {
      types.add(Opcodes.LONG);
    }
    types.add(Opcodes.INTEGER);
    for (int slot = FIRST_REGISTER; slot < count; slot += 2) {
      types.add(Opcodes.LONG);
    }
    return types.toArray();
  }
}
