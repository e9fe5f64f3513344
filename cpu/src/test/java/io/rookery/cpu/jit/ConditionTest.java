package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryPool;
import org.junit.jupiter.api.Test;

/**
 * All conditions on all kinds of flags, with edge operands: compiled code says what {@link Flags}
 * says.
 */
class ConditionTest {
  private static final long RIP = 0x1000;
  private static final int RESULTS = Reg.VECTOR;
  private static final long[] EDGES = {
    0,
    1,
    -1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffffL,
    0x80000000L,
    0xffffffffL,
    0x100000000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    0x1234567890abcdefL
  };

  @Test
  void conditionsHoldAsTheFlagsSay() {
    try (MemoryPool pool = new MemoryPool(16 << 20)) {
      AddressSpace space = pool.newAddressSpace(24, 1L << 47);
      CpuState cpu = new CpuState(space, (state, call) -> false);
      for (int family = Flags.ADD; family <= Flags.MUL; family += 4) {
        for (int bits = 8; bits <= 64; bits *= 2) {
          check(cpu, Flags.kind(family, bits));
        }
      }
      space.release();
    }
  }

  private static void check(CpuState cpu, int kind) {
    Unit unit = UnitFactory.compile(rip -> null, block(kind), false, true, Style.CALLS, 0).unit();
    int family = kind & ~3;
    boolean shift = family == Flags.SHL || family == Flags.SHR || family == Flags.SAR;
    for (long x : EDGES) {
      for (long y : EDGES) {
        long second = shift ? 1 + (y & 30) : y;
        cpu.r[Reg.RAX] = x;
        cpu.r[Reg.RCX] = second;
        unit.run(cpu, (int) RIP);
        for (int condition = 0; condition < 16; condition++) {
          boolean expected = Flags.test(condition, kind, x, second);
          String what = "kind %d condition %d x %x y %x".formatted(kind, condition, x, second);
          assertEquals(expected ? 1 : 0, cpu.r[RESULTS + condition], what);
        }
        assertEquals(Flags.carry(kind, x, second), cpu.r[Reg.RDX]);
        assertEquals(Flags.status(kind, x, second), cpu.r[Reg.RBX]);
        assertEquals(Flags.status(kind, x, second), cpu.eflags() & Flags.STATUS);
      }
    }
  }

  private static GuestBlock block(int kind) {
    IrBuilder out = new IrBuilder();
    out.begin(RIP);
    out.instruction(RIP);
    out.emit(Op.SETF, 0, Reg.RAX, Reg.RCX, kind);
    for (int condition = 0; condition < 16; condition++) {
      out.emit(Op.SETCC, RESULTS + condition, 0, 0, condition);
    }
    out.emit(Op.GETCF, Reg.RDX, 0, 0, 0);
    out.emit(Op.GETF, Reg.RBX, 0, 0, 0);
    out.emit(Op.RET, 0, Reg.RSI, 0, 0);
    return new GuestBlock(RIP, out.code(), out.origin());
  }
}
