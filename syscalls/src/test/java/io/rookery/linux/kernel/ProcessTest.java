package io.rookery.linux.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessTest {
  private static final int PAUSE = 34;
  private static final int FORK = 57;
  private static final int VFORK = 58;
  private static final int WAIT4 = 61;
  private static final int KILL = 62;
  private static final int GETPPID = 110;
  private static final int MMAP = 9;
  private static final int RT_SIGACTION = 13;
  private static final int SIGALTSTACK = 131;

  private TestKernel k = new TestKernel();

  @AfterEach
  void close() {
    k.close();
  }

  private static int error(ExitStatus s) {
    return -(byte) s.code();
  }

  @Test
  void unknownCallsAreENOSYS() {
    assertEquals(Errno.ENOSYS.number(), error(k.run(new Code().call(500).exitWithResult())));
    assertEquals(Errno.ENOSYS.number(), error(k.run(new Code().call(-7).exitWithResult())));
  }

  @Test
  void faultsKillWithTheirSignal() {
    assertEquals(Signals.SIGSEGV, k.run(new Code().load32(16)).signal());
    assertEquals(Signals.SIGSEGV, k.run(new Code().store32(Code.BASE, 1)).signal());
    assertEquals(Signals.SIGILL, k.run(new Code().bytes(0x0f, 0x0b)).signal());
    assertEquals(Signals.SIGTRAP, k.run(new Code().bytes(0xcc)).signal());
    assertEquals(
        Signals.SIGFPE, k.run(new Code().bytes(0x31, 0xc9, 0xf7, 0xf1)).signal()); // div ecx
  }

  @Test
  void parentWaitsForItsChild() {
    Code child = new Code().exit(42);
    Code program =
        new Code()
            .call(FORK)
            .ifZero(child)
            .call(WAIT4, -1, Code.DATA, 0, 0)
            .load32(Code.DATA)
            .bytes(0xc1, 0xe8, 0x08) // shr eax, 8
            .exitWithResult();
    assertEquals(42, k.run(program).code());
    assertEquals(0, k.kernel.pids().taskCount());
    assertEquals(1, k.kernel.pids().processes().size());
  }

  @Test
  void memoryIsCopiedByForkAndSharedByVfork() {
    Code forked =
        new Code()
            .call(FORK)
            .ifZero(new Code().store32(Code.DATA + 8, 5).exit(0))
            .call(WAIT4, -1, 0, 0, 0)
            .load32(Code.DATA + 8)
            .exitWithResult();
    assertEquals(0, k.run(forked).code());
    Code vforked =
        new Code()
            .call(VFORK)
            .ifZero(new Code().store32(Code.DATA + 8, 5).exit(0))
            .load32(Code.DATA + 8)
            .exitWithResult();
    assertEquals(5, k.run(vforked).code());
  }

  @Test
  void orphansAreReapedByInit() {
    // The child asks for its parent until that is init, for the parent does not wait.
    Code child =
        new Code()
            .call(GETPPID)
            .bytes(0x83, 0xf8, 0x01) // cmp eax, 1
            .bytes(0x75, -17 & 0xff) // jne back to the call
            .exit(0);
    assertEquals(3, k.run(new Code().call(FORK).ifZero(child).exit(3)).code());
    awaitProcesses(1);
  }

  private void awaitProcesses(int count) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (k.kernel.pids().processes().size() > count && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(count, k.kernel.pids().processes().size());
  }

  @Test
  void aForkBombMeetsTheLimitWithEAGAIN() {
    k.close();
    k = new TestKernel(KernelLimits.DEFAULT.withTasks(40), 256L << 20);
    Code all = new Code();
    long top = all.here();
    // Parent and child fork on; whoever gets an error ends with it.
    all.call(FORK).bytes(0x48, 0x85, 0xc0, 0x0f, 0x89); // test rax, rax; jns top
    int back = (int) (top - all.here() - 4);
    all.bytes(back & 0xff, back >> 8 & 0xff, back >> 16 & 0xff, back >> 24 & 0xff);
    all.exitWithResult();
    ThreadGroup p = k.start(all);
    assertEquals(Errno.EAGAIN.number(), error(TestKernel.await(p)));
    k.kernel.signalAll(Signals.SIGKILL); // once is enough, though they fork on
    awaitProcesses(1);
    assertEquals(0, k.run(new Code().exit(0)).code());
  }

  @Test
  void exhaustedMemoryKillsOrFailsButDoesNotHarmTheHost() {
    k.close();
    k = new TestKernel(KernelLimits.DEFAULT, 16L << 20);
    // Maps 1 GiB and stores to each page of it.
    Code hog =
        new Code()
            .call(MMAP, 0, 1L << 30, 3, 0x22, -1, 0)
            .bytes(0xc6, 0x00, 0x01) // mov byte [rax], 1
            .bytes(0x48, 0x05, 0x00, 0x10, 0x00, 0x00) // add rax, 4096
            .bytes(0xeb, -11 & 0xff);
    assertEquals(Signals.SIGKILL, k.run(hog).signal());
    assertEquals(5, k.run(new Code().exit(5)).code());
  }

  @Test
  void endlessRecursionIsASegmentationFault() {
    // call self: pushes until the stack limit
    assertEquals(Signals.SIGSEGV, k.run(new Code().bytes(0xe8, 0xfb, 0xff, 0xff, 0xff)).signal());
  }

  @Test
  void closeEndsSpinningAndSleepingProcesses() {
    Code spin = new Code().bytes(0xeb, 0xfe);
    ThreadGroup a = k.start(spin);
    ThreadGroup b = k.start(new Code().call(PAUSE).exit(0));
    ThreadGroup c = k.start(new Code().call(VFORK).ifZero(new Code().call(PAUSE).exit(0)));
    long start = System.nanoTime();
    k.kernel.close();
    assertTrue(System.nanoTime() - start < 1_000_000_000L);
    for (ThreadGroup p : new ThreadGroup[] {a, b, c}) {
      assertEquals(new ExitStatus(0, Signals.SIGKILL), TestKernel.await(p));
    }
    assertThrows(ErrnoException.class, () -> k.start(spin));
  }

  @Test
  void killingAtAnyMomentLeavesNothingBehind() {
    Random random = new Random(7);
    // Forks a child that spins and ends, for ever.
    Code child = new Code().exit(0);
    Code program = new Code();
    long top = program.here();
    program.call(FORK).ifZero(child).call(WAIT4, -1, 0, 0, 0).jump(top);
    for (int i = 0; i < 60; i++) {
      ThreadGroup p = k.start(program);
      long until = System.nanoTime() + random.nextInt(15_000_000);
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      long start = System.nanoTime();
      p.signal(SigInfo.kernel(Signals.SIGKILL));
      assertEquals(Signals.SIGKILL, TestKernel.await(p).signal());
      assertTrue(System.nanoTime() - start < 1_000_000_000L);
    }
    awaitProcesses(1);
    assertEquals(0, k.kernel.pids().taskCount());
  }

  @Test
  void aHandlerWithoutRoomForItsFrameIsASegmentationFault() {
    // SIGUSR1's handler runs on a signal stack that is not mapped.
    Code program =
        new Code()
            .store32(Code.DATA, 0x1000)
            .store32(Code.DATA + 8, 0x0c000000) // SA_ONSTACK | SA_RESTORER
            .call(RT_SIGACTION, Signals.SIGUSR1, Code.DATA, 0, 8)
            .store32(Code.DATA + 64, 0x10000)
            .store32(Code.DATA + 80, 0x4000)
            .call(SIGALTSTACK, Code.DATA + 64, 0)
            .call(39) // getpid
            .result(Code.RDI)
            .mov(Code.RSI, Signals.SIGUSR1)
            .plainCall(KILL)
            .exit(0);
    assertEquals(Signals.SIGSEGV, k.run(program).signal());
  }

  @Test
  void idsOfLivingThingsAreNotGivenOutAgain() {
    ThreadGroup p = k.start(new Code().call(PAUSE));
    for (int i = 0; i < 50; i++) {
      assertTrue(k.start(new Code().exit(0)).pid() != p.pid());
    }
    assertEquals(p, k.kernel.pids().process(p.pid()));
    p.signal(SigInfo.kernel(Signals.SIGTERM));
    assertEquals(Signals.SIGTERM, TestKernel.await(p).signal());
    assertNull(k.kernel.pids().process(p.pid()));
  }
}
