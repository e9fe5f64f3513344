package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.X87State;
import io.rookery.mmu.Access;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * x87 control instructions, environment and state in memory (SDM vol. 1, 8.1.9 and 8.1.10), as EXEC
 * helpers.
 */
@SuppressWarnings("ByteBufferBackingArray") // buffers made here
public final class X87Memory {
  private X87Memory() {}

  /** Stores an operand of that type ({@link X87}), {@code high} being what is beyond 64 bits. */
  static void store(CpuState s, long address, int type, long bits, int high) {
    switch (type) {
      case X87.INT16 -> Access.store16(address, bits, s.base, s.perms, s.pages, s.space);
      case X87.FLOAT32, X87.INT32 ->
          Access.store32(address, bits, s.base, s.perms, s.pages, s.space);
      case X87.FLOAT64, X87.INT64 ->
          Access.store64(address, bits, s.base, s.perms, s.pages, s.space);
      default -> {
        ByteBuffer bytes = buffer(10).putLong(bits).putShort((short) high);
        s.space.write(address, bytes.array(), 0, 10);
      }
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The status word with TOP. */
  static int status(X87State x) {
    return x.status | x.top << 11;
  }

  private static void setStatus(X87State x, int value) {
    x.top = value >> 11 & 7;
    x.status = value & 0xffff & ~0x3800;
    X87Control.updateErrorSummary(x);
  }

  /** FNSTCW: the control word. */
  public static long fnstcw(long unused, CpuState s) {
    return s.x87.control;
  }

  /** FNSTSW: the status word. */
  public static long fnstsw(long unused, CpuState s) {
    return status(s.x87);
  }

  /** FWAIT, FNOP: faults if an exception is pending. */
  public static void x87Wait(CpuState s, int d, int a, int b, int imm) {
    X87Operation.checkPending(s.x87);
  }

  /** FLDCW from r[a]. */
  public static void fldcw(CpuState s, int d, int a, int b, int imm) {
    X87Operation.checkPending(s.x87);
    s.x87.control = X87Control.normalized((int) s.r[a]);
    X87Control.updateErrorSummary(s.x87);
  }

  /** FNCLEX. */
  public static void fnclex(CpuState s, int d, int a, int b, int imm) {
    s.x87.status &= 0x7f00;
  }

  /** FNINIT. */
  public static void fninit(CpuState s, int d, int a, int b, int imm) {
    X87State x = s.x87;
    x.control = X87Control.INITIAL;
    x.status = 0;
    x.top = 0;
    x.empty = 0xff;
    x.lastInstruction = 0;
    x.lastOperand = 0;
    x.lastOpcode = 0;
  }

  /** EMMS. */
  public static void emms(CpuState s, int d, int a, int b, int imm) {
    X87Operation.checkPending(s.x87);
    s.x87.top = 0;
    s.x87.empty = 0xff;
  }

  /** FINCSTP and FDECSTP: TOP changes by imm. */
  public static void x87Rotate(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.x.top = (op.x.top + imm) & 7;
    op.finish();
  }

  /** FFREE, FFREEP: ST(a) becomes empty, then imm pops. */
  public static void x87Free(CpuState s, int d, int a, int b, int imm) {
    X87Operation.checkPending(s.x87);
    s.x87.lastInstruction = s.r[b];
    s.x87.empty |= 1 << SseState.physical(s, a);
    for (int n = 0; n < imm; n++) {
      s.x87.empty |= 1 << s.x87.top;
      s.x87.top = (s.x87.top + 1) & 7;
    }
  }

  // ---------------------------------------------------------------- environment

  /** The tag word: two bits for each physical register. */
  private static int tags(CpuState s) {
    int tags = 0;
    for (int physical = 0; physical < 8; physical++) {
      int i = (physical - s.x87.top) & 7;
      Extended value = new Extended(s.x87.signExponent[physical], s.r[SseState.slot(s, i)]);
      int tag;
      if ((s.x87.empty >> physical & 1) != 0) {
        tag = 3;
      } else if (value.isZero()) {
        tag = 1;
      } else {
        boolean valid =
            value.biasedExponent() != 0
                && value.biasedExponent() != Extended.MAX_EXPONENT
                && value.significand < 0;
        tag = valid ? 0 : 2;
      }
      tags |= tag << 2 * physical;
    }
    return tags;
  }

  /** Size of the environment for operand size imm (16 or 32). */
  private static int environmentSize(int imm) {
    return imm == 16 ? 14 : 28;
  }

  private static void putEnvironment(CpuState s, ByteBuffer out, int bits) {
    X87State x = s.x87;
    if (bits == 16) {
      out.putShort((short) x.control).putShort((short) status(x)).putShort((short) tags(s));
      out.putShort((short) x.lastInstruction).putShort((short) 0);
      out.putShort((short) x.lastOperand).putShort((short) 0);
      return;
    }
    out.putInt(0xffff0000 | x.control).putInt(0xffff0000 | status(x)).putInt(0xffff0000 | tags(s));
    out.putInt((int) x.lastInstruction).putInt(x.lastOpcode << 16);
    out.putInt((int) x.lastOperand).putInt(0xffff0000);
  }

  private static void getEnvironment(CpuState s, ByteBuffer in, int bits) {
    X87State x = s.x87;
    boolean wide = bits != 16;
    x.control = X87Control.normalized(wide ? in.getInt() : in.getShort());
    int status = wide ? in.getInt() : in.getShort();
    int tags = wide ? in.getInt() : in.getShort();
    x.lastInstruction = wide ? in.getInt() & 0xffffffffL : in.getShort() & 0xffff;
    int opcode = wide ? in.getInt() : in.getShort();
    x.lastOpcode = wide ? opcode >> 16 & 0x7ff : 0;
    x.lastOperand = wide ? in.getInt() & 0xffffffffL : in.getShort() & 0xffff;
    in.position(environmentSize(bits));
    x.empty = 0;
    for (int physical = 0; physical < 8; physical++) {
      if ((tags >> 2 * physical & 3) == 3) {
        x.empty |= 1 << physical;
      }
    }
    setStatus(x, status);
  }

  /** FNSTENV to address r[a], operand size imm; masks all exceptions. */
  public static void fnstenv(CpuState s, int d, int a, int b, int imm) {
    ByteBuffer bytes = buffer(environmentSize(imm));
    putEnvironment(s, bytes, imm);
    s.space.write(s.r[a], bytes.array(), 0, bytes.capacity());
    s.x87.control |= X87Control.EXCEPTIONS;
    X87Control.updateErrorSummary(s.x87);
  }

  /** FLDENV. */
  public static void fldenv(CpuState s, int d, int a, int b, int imm) {
    X87Operation.checkPending(s.x87);
    ByteBuffer bytes = buffer(environmentSize(imm));
    s.space.read(s.r[a], bytes.array(), 0, bytes.capacity());
    getEnvironment(s, bytes, imm);
  }

  /** FNSAVE: environment and registers, then FNINIT. */
  public static void fnsave(CpuState s, int d, int a, int b, int imm) {
    ByteBuffer bytes = buffer(environmentSize(imm) + 80);
    putEnvironment(s, bytes, imm);
    for (int i = 0; i < 8; i++) {
      bytes.putLong(s.r[SseState.slot(s, i)]);
      bytes.putShort((short) s.x87.signExponent[SseState.physical(s, i)]);
    }
    s.space.write(s.r[a], bytes.array(), 0, bytes.capacity());
    fninit(s, 0, 0, 0, 0);
  }

  /** FRSTOR. */
  public static void frstor(CpuState s, int d, int a, int b, int imm) {
    X87Operation.checkPending(s.x87);
    ByteBuffer bytes = buffer(environmentSize(imm) + 80);
    s.space.read(s.r[a], bytes.array(), 0, bytes.capacity());
    getEnvironment(s, bytes, imm);
    for (int i = 0; i < 8; i++) {
      s.r[SseState.slot(s, i)] = bytes.getLong();
      s.x87.signExponent[SseState.physical(s, i)] = bytes.getShort() & 0xffff;
    }
  }
}
