package io.rookery.linux.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.ExitStatus;
import io.rookery.linux.kernel.KernelLimits;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.TestKernel;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.mm.MemoryDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** 32-bit ELF files with a few instructions. */
class Program32Test {
  private static final int BASE = 0x08048000;
  private static final int HEADERS = 52 + 32;

  /** PAUSE(2): MOV EAX,29; INT 80h. */
  private static final int[] PAUSE = {0xb8, 29, 0, 0, 0, 0xcd, 0x80};

  private TestKernel k;

  @BeforeEach
  void boot() {
    k = new TestKernel(KernelLimits.DEFAULT, 64L << 20);
  }

  @AfterEach
  void close() {
    k.close();
  }

  private static byte[] elf(int... code) {
    ByteBuffer b = ByteBuffer.allocate(HEADERS + code.length).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0x464c457f).put((byte) 1).put((byte) 1).put((byte) 1);
    b.position(16);
    b.putShort((short) 2).putShort((short) 3).putInt(1); // ET_EXEC, EM_386
    b.putInt(BASE + HEADERS).putInt(52).putInt(0).putInt(0);
    b.putShort((short) 52).putShort((short) 32).putShort((short) 1);
    b.position(52);
    b.putInt(1).putInt(0).putInt(BASE).putInt(BASE); // PT_LOAD
    b.putInt(b.capacity()).putInt(b.capacity()).putInt(5).putInt(4096);
    for (int c : code) {
      b.put((byte) c);
    }
    return b.array();
  }

  private ExitStatus run(int... code) {
    k.file("program", elf(code), 0755);
    return TestKernel.await(k.start(null, "/program"));
  }

  @Test
  void int80ReachesTheTableOf32BitPrograms() {
    // exit(42)
    assertEquals(new ExitStatus(42, 0), run(0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80));
  }

  @Test
  void syscallIsUndefinedIn32BitMode() {
    assertEquals(Signals.SIGILL, run(0xb8, 1, 0, 0, 0, 0x0f, 0x05).signal());
  }

  @Test
  void sysenterReturnsThroughTheKernelsPage() {
    // getpid() by SYSENTER, then exit(EAX).
    int[] code = {
      0xb8,
      20,
      0,
      0,
      0, // mov eax, 20
      0xe8,
      9,
      0,
      0,
      0, // call enter
      0x89,
      0xc3, // mov ebx, eax
      0xb8,
      1,
      0,
      0,
      0, // mov eax, 1
      0xcd,
      0x80, // int 80h
      0x51,
      0x52,
      0x55,
      0x89,
      0xe5,
      0x0f,
      0x34 // enter: push ecx, edx, ebp; mov ebp, esp; sysenter
    };
    k.file("program", elf(code), 0755);
    ThreadGroup p = k.start(null, "/program");
    assertEquals(p.pid(), TestKernel.await(p).code());
  }

  @Test
  void stackHoldsArgumentsEnvironmentAndAuxiliaryVector() {
    k.file("program", elf(PAUSE), 0755);
    ThreadGroup p = k.start(null, "/program", "one");
    MemoryDescriptor mm = Objects.requireNonNull(p.mainTask()).mm();
    UserMemory m = mm.memory();
    long sp = mm.info().stackStart();
    assertEquals(0, sp % 16);
    assertTrue(sp < 0xffffe000L && sp > 0xffff0000L, Long.toHexString(sp));
    assertEquals(2, m.getInt(sp));
    assertEquals("/program", text(m, m.getInt(sp + 4)));
    assertEquals("one", text(m, m.getInt(sp + 8)));
    assertEquals(0, m.getInt(sp + 12));
    assertEquals("A=1", text(m, m.getInt(sp + 16)));
    assertEquals(0, m.getInt(sp + 24));
    long auxv = sp + 28;
    assertEquals(BASE + 52, auxiliary(m, auxv, StackBuilder.AT_PHDR));
    assertEquals(32, auxiliary(m, auxv, StackBuilder.AT_PHENT));
    assertEquals(BASE + HEADERS, auxiliary(m, auxv, StackBuilder.AT_ENTRY));
    assertEquals("i686", text(m, auxiliary(m, auxv, StackBuilder.AT_PLATFORM)));
    assertArrayEquals(m.read(auxv, mm.info().auxv().length), mm.info().auxv());
    p.signal(SigInfo.kernel(Signals.SIGKILL));
    TestKernel.await(p);
  }

  private static String text(UserMemory m, int address) {
    return new String(m.cString(address & 0xffffffffL, 100), StandardCharsets.ISO_8859_1);
  }

  private static int auxiliary(UserMemory m, long auxv, int type) {
    for (long at = auxv; ; at += 8) {
      int found = m.getInt(at);
      if (found == type) {
        return m.getInt(at + 4);
      }
      assertTrue(found != StackBuilder.AT_NULL, "no entry of type " + type);
    }
  }

  @Test
  void truncatedFilesGiveAnError() {
    byte[] elf = elf(PAUSE);
    for (int length = 0; length < HEADERS; length++) {
      k.file("program", Arrays.copyOf(elf, length), 0755);
      ErrnoException e = assertThrows(ErrnoException.class, () -> k.start(null, "/program"));
      assertEquals(Errno.ENOEXEC, e.errno(), "length " + length);
    }
  }

  @Test
  void randomlyDamagedFilesNeverHarmTheKernel() throws Exception {
    byte[] good = Arrays.copyOf(elf(PAUSE), 3000);
    Random random = new Random(386);
    int[] interesting = {0, 1, -1, 4095, 4096, Integer.MAX_VALUE, Integer.MIN_VALUE, 0xffffe000};
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] bad = good.clone();
      ByteBuffer w = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN);
      for (int c = random.nextInt(3); c >= 0; c--) {
        if (random.nextBoolean()) {
          bad[random.nextInt(HEADERS)] = (byte) random.nextInt();
        } else {
          w.putInt(52 + 4 * random.nextInt(8), interesting[random.nextInt(interesting.length)]);
        }
      }
      k.file("program", bad, 0755);
      try {
        ThreadGroup p = k.start(null, "/program");
        try {
          p.onExit().get(20, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          p.signal(SigInfo.kernel(Signals.SIGKILL));
          TestKernel.await(p);
        }
      } catch (ErrnoException e) {
        refused++;
        assertTrue(TestKernel.LOAD_ERRORS.contains(e.errno().name()), e.errno().name());
      }
    }
    assertTrue(refused > 100, "only " + refused + " were refused");
    assertEquals(new ExitStatus(3, 0), run(0xb8, 1, 0, 0, 0, 0xbb, 3, 0, 0, 0, 0xcd, 0x80));
  }
}
