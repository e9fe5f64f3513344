package io.rookery.linux.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Code;
import io.rookery.linux.kernel.ExitStatus;
import io.rookery.linux.kernel.KernelLimits;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
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

class ProgramLoaderTest {
  private static final int PAUSE = 34;

  private TestKernel k;

  @BeforeEach
  void boot() {
    k = new TestKernel(KernelLimits.DEFAULT, 64L << 20);
  }

  @AfterEach
  void close() {
    k.close();
  }

  private Errno failure(String... command) {
    return assertThrows(ErrnoException.class, () -> k.start(null, command)).errno();
  }

  private static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void staticProgramRunsAndExits() {
    assertEquals(new ExitStatus(7, 0), k.run(new Code().exit(7)));
  }

  @Test
  void uninitialisedDataIsZeroBehindTheFileBytesOfItsPage() {
    // A writable segment whose file part ends within a page of other file bytes.
    Code code = new Code().load32(Code.DATA + 0x104).exitWithResult();
    byte[] elf = Arrays.copyOf(code.elf(), 0x3000);
    Arrays.fill(elf, 0x1000, 0x3000, (byte) 0x55);
    ByteBuffer b = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(120 + 8, 0x1000); // p_offset
    b.putLong(120 + 32, 0x104); // p_filesz
    k.file("bss", elf, 0755);
    assertEquals(0, TestKernel.await(k.start(null, "/bss")).code());
    b.putLong(120 + 32, 0x105);
    k.file("bss", elf, 0755);
    assertEquals(0x55, TestKernel.await(k.start(null, "/bss")).code());
  }

  @Test
  void stackHoldsArgumentsEnvironmentAndAuxiliaryVector() {
    k.file("program", new Code().call(PAUSE).elf(), 0755);
    ThreadGroup p = k.start(null, "/program", "one", "two words");
    Task t = Objects.requireNonNull(p.mainTask());
    MemoryDescriptor mm = t.mm();
    UserMemory m = mm.memory();
    long sp = mm.info().stackStart();
    assertEquals(0, sp % 16);
    assertEquals(3, m.getLong(sp));
    assertArrayEquals(ascii("/program"), m.cString(m.getLong(sp + 8), 100));
    assertArrayEquals(ascii("one"), m.cString(m.getLong(sp + 16), 100));
    assertArrayEquals(ascii("two words"), m.cString(m.getLong(sp + 24), 100));
    assertEquals(0, m.getLong(sp + 32));
    assertArrayEquals(ascii("A=1"), m.cString(m.getLong(sp + 40), 100));
    assertEquals(0, m.getLong(sp + 56));
    assertEquals(m.getLong(sp + 8), mm.info().argStart());
    assertEquals(m.getLong(sp + 40), mm.info().argEnd());
    long auxv = sp + 64;
    assertEquals(Code.BASE + 64, auxiliary(m, auxv, StackBuilder.AT_PHDR));
    assertEquals(2, auxiliary(m, auxv, StackBuilder.AT_PHNUM));
    assertEquals(Code.BASE + Code.HEADERS, auxiliary(m, auxv, StackBuilder.AT_ENTRY));
    assertEquals(4096, auxiliary(m, auxv, StackBuilder.AT_PAGESZ));
    assertEquals(0, auxiliary(m, auxv, StackBuilder.AT_BASE));
    assertEquals(0, auxiliary(m, auxv, StackBuilder.AT_SECURE));
    assertArrayEquals(
        ascii("/program"), m.cString(auxiliary(m, auxv, StackBuilder.AT_EXECFN), 100));
    assertArrayEquals(
        ascii("x86_64"), m.cString(auxiliary(m, auxv, StackBuilder.AT_PLATFORM), 100));
    m.read(auxiliary(m, auxv, StackBuilder.AT_RANDOM), 16);
    p.signal(SigInfo.kernel(Signals.SIGKILL));
    TestKernel.await(p);
  }

  private static long auxiliary(UserMemory m, long auxv, int type) {
    for (long at = auxv; ; at += 16) {
      long found = m.getLong(at);
      if (found == type) {
        return m.getLong(at + 8);
      }
      assertTrue(found != StackBuilder.AT_NULL, "no entry of type " + type);
    }
  }

  @Test
  void scriptsPassTheirLineAndPathToTheInterpreter() throws Exception {
    // The interpreter writes its argument strings, which lie side by side, and ends.
    Code show =
        new Code()
            .bytes(0x48, 0x8b, 0x74, 0x24, 0x08) // mov rsi, [rsp+8]: argv[0]
            .mov(Code.RDI, 1)
            .mov(Code.RDX, 27)
            .plainCall(1)
            .exit(0);
    k.file("show", show.elf(), 0755);
    k.file("script", ascii("#! /show  -x y \nrest"), 0755);
    assertEquals("/show\0-x y\0/script\0arg\0A=1\0", k.output("/script", "arg"));
    k.file("outer", ascii("#!/script\n"), 0755);
    assertEquals("/show\0-x y\0/script\0/outer\0a", k.output("/outer", "arg"));
  }

  @Test
  void scriptErrorsAreThoseOfLinux() {
    k.file("missing", ascii("#!/nothing\n"), 0755);
    assertEquals(Errno.ENOENT, failure("/missing"));
    k.file("empty", ascii("#!   \n"), 0755);
    assertEquals(Errno.ENOEXEC, failure("/empty"));
    k.file("self", ascii("#!/self\n"), 0755);
    assertEquals(Errno.ELOOP, failure("/self"));
    k.file("long", ascii("#!/" + "x".repeat(400)), 0755);
    assertEquals(Errno.ENOEXEC, failure("/long"));
    k.file("text", ascii("echo hello\n"), 0755);
    assertEquals(Errno.ENOEXEC, failure("/text"));
    k.file("plain", new Code().exit(0).elf(), 0644);
    assertEquals(Errno.EACCES, failure("/plain"));
    assertEquals(Errno.ENOENT, failure("/nowhere"));
  }

  @Test
  void programsForOtherMachinesAreRefused() {
    byte[] elf = new Code().exit(0).elf();
    elf[18] = (byte) 183; // EM_AARCH64
    k.file("arm", elf, 0755);
    assertEquals(Errno.ENOEXEC, failure("/arm"));
    elf[18] = 3; // EM_386
    elf[4] = 1;
    k.file("i386", elf, 0755);
    assertEquals(Errno.ENOEXEC, failure("/i386"));
  }

  @Test
  void tooManyArgumentsAreE2BIG() {
    k.file("program", new Code().exit(0).elf(), 0755);
    assertEquals(Errno.E2BIG, failure("/program", "x".repeat(131_072)));
    String[] many = new String[40];
    Arrays.fill(many, "x".repeat(100_000));
    many[0] = "/program";
    assertEquals(Errno.E2BIG, failure(many));
  }

  @Test
  void truncatedFilesGiveAnError() {
    byte[] elf = new Code().exit(0).elf();
    for (int length = 0; length < Code.HEADERS; length++) {
      k.file("program", Arrays.copyOf(elf, length), 0755);
      assertEquals(Errno.ENOEXEC, failure("/program"), "length " + length);
    }
  }

  @Test
  void randomlyDamagedFilesNeverHarmTheKernel() throws Exception {
    byte[] good = Arrays.copyOf(new Code().exit(0).elf(), 3000);
    Random random = new Random(20240917);
    long[] interesting = {
      0, 1, -1, 4095, 4096, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 47, (1L << 47) - 4096, 0xffffffffL
    };
    int refused = 0;
    for (int i = 0; i < 1500; i++) {
      byte[] bad = good.clone();
      ByteBuffer w = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN);
      int changes = 1 + random.nextInt(3);
      for (int c = 0; c < changes; c++) {
        switch (random.nextInt(3)) {
          case 0 -> bad[random.nextInt(Code.HEADERS)] = (byte) random.nextInt();
          case 1 ->
              w.putLong(
                  64 + 8 * random.nextInt(14), interesting[random.nextInt(interesting.length)]);
          default -> w.putInt(64 + 56 * random.nextInt(2), random.nextInt(8));
        }
      }
      k.file("program", bad, 0755);
      try {
        ThreadGroup p = k.start(null, "/program");
        try {
          p.onExit().get(50, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          p.signal(SigInfo.kernel(Signals.SIGKILL));
          TestKernel.await(p);
        }
      } catch (ErrnoException e) {
        refused++;
        assertTrue(TestKernel.LOAD_ERRORS.contains(e.errno().name()), e.errno().name());
      }
    }
    assertTrue(refused > 300, "only " + refused + " were refused");
    assertEquals(new ExitStatus(3, 0), k.run(new Code().exit(3)));
  }
}
