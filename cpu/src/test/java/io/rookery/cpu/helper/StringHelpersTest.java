package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** REP MOVS and REP STOS page by page do what they do element by element. */
class StringHelpersTest {
  private static final long START = 0x10_0000;
  private static final int MAPPED = 0x3000;
  private static final int DONE = Reg.T0;

  /** What memory and registers are to be. */
  private static final class Model {
    final byte[] memory = new byte[MAPPED];
    long source;
    long destination;
    long count;
    boolean faulted;

    private boolean holds(long address, int bytes) {
      return address >= START && address + bytes <= START + MAPPED;
    }

    void run(boolean moves, int bytes, int direction, long value) {
      while (count != 0) {
        if (!holds(destination, bytes) || (moves && !holds(source, bytes))) {
          faulted = true;
          return;
        }
        byte[] element = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
          element[i] = moves ? memory[(int) (source - START) + i] : (byte) (value >>> 8 * i);
        }
        System.arraycopy(element, 0, memory, (int) (destination - START), bytes);
        source += moves ? (long) direction * bytes : 0;
        destination += (long) direction * bytes;
        count--;
      }
    }
  }

  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void elementByElementOrNot(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Model model = new Model();
    random.nextBytes(model.memory);
    boolean moves = random.nextInt(3) != 0;
    int bytes = 1 << random.nextInt(4);
    int direction = random.nextInt(4) == 0 ? -1 : 1;
    model.source = START + random.nextInt(MAPPED);
    model.destination =
        random.nextBoolean()
            ? START + random.nextInt(MAPPED)
            : Math.max(START, model.source + random.nextInt(-100, 100));
    model.count = random.nextInt(random.nextBoolean() ? 100 : 0x1800);
    long value = random.nextLong();
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      AddressSpace space = pool.newAddressSpace(26, 1L << 47);
      try {
        int readWrite = Protection.READ | Protection.WRITE;
        space.map(START, MAPPED, readWrite, MapFlags.PRIVATE, null, 0, null);
        space.write(START, model.memory, 0, MAPPED);
        CpuState cpu = new CpuState(space, (state, kind) -> true);
        cpu.r[Reg.RSI] = model.source;
        cpu.r[Reg.RDI] = model.destination;
        cpu.r[Reg.RCX] = model.count;
        cpu.r[Reg.RAX] = value;
        cpu.r[Reg.DIRECTION] = direction;
        boolean faulted = run(cpu, moves, StringHelpers.describe(8 * bytes, 64, false));
        model.run(moves, bytes, direction, value);
        assertEquals(model.faulted, faulted);
        assertEquals(model.source, cpu.r[Reg.RSI]);
        assertEquals(model.destination, cpu.r[Reg.RDI]);
        assertEquals(model.count, cpu.r[Reg.RCX]);
        byte[] memory = new byte[MAPPED];
        space.read(START, memory, 0, MAPPED);
        assertArrayEquals(model.memory, memory);
      } finally {
        space.release();
      }
    }
  }

  private static boolean run(CpuState cpu, boolean moves, int description) {
    try {
      do {
        if (moves) {
          StringHelpers.repMovs(cpu, DONE, Reg.ZERO, 0, description);
        } else {
          StringHelpers.repStos(cpu, DONE, Reg.ZERO, 0, description);
        }
      } while (cpu.r[DONE] != 0);
      return false;
    } catch (GuestFault e) {
      return true;
    }
  }
}
