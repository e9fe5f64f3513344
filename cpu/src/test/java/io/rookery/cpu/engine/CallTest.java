package io.rookery.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.cpu.ir.Reg;
import io.rookery.cpu.jit.SynchronousCompiler;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryFault;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guest calls between units end as they do on the interpreter, however the callee leaves. */
class CallTest {
  private static final long CODE = 0x40_0000;
  private static final long STACK_TOP = 0x60_0000;
  private static final long DATA = 0x70_0000;

  /** Each program at its offset; HLT ends it with #GP. RDI counts. */
  private static final String[] PROGRAMS = {
    // 0x00 fib: cmp rdi, 2; jb 1f; push rbx; push rdi; lea rdi, [rdi - 1]; call fib; mov rbx, rax;
    // pop rdi
    //      lea rdi, [rdi - 2]; call fib; add rax, rbx; pop rbx; ret; 1: mov rax, rdi; ret
    "0000 4883ff02721d5357488d7fffe8efffffff4889c35f488d7ffee8e2ffffff4801d85bc34889f8c3",
    // 0x40 call fib; hlt
    "0040 e8bbfffffff4",
    // 0x50 deep: test rdi, rdi; je 1f; dec rdi; call deep; inc rax; ret; 1: xor eax, eax; ret
    "0050 4885ff740c48ffcfe8f3ffffff48ffc0c331c0c3",
    // 0x70 call deep; hlt
    "0070 e8dbfffffff4",
    // 0x80 mov r12, rsp; lea r13, [rip + lj]; 1: call outer; lj: inc rax; dec rdi; jne 1b; hlt
    //      outer: call inner; hlt; inner: mov rsp, r12; jmp r13
    "0080 4989e44c8d2d05000000e80900000048ffc048ffcf75f3f4e801000000f44c89e441ffe5",
    // 0xb0 1: call ld; dec rdi; jne 1b; hlt; ld: mov rax, [rsi]; add rsi, 8; ret
    "00b0 e80600000048ffcf75f6f4488b064883c608c3",
    // 0xd0 1: call skip; inc rax; inc rbx; dec rdi; jne 1b; hlt; skip: add qword [rsp], 3; ret
    "00d0 e80c00000048ffc048ffc348ffcf75f0f44883042403c3",
    // 0x100 1: call rbp; xchg rbp, rcx; dec rdi; jne 1b; hlt; 0x10b: add rax, 1; ret; 0x110: add
    // rax, 3; ret
    "0100 ffd54887cd48ffcf75f6f44883c001c34883c003c3",
    // 0x130 1: call tail; dec rdi; jne 1b; hlt; tail: add rax, 1; test al, 1; je 2f; jmp 0x160; 2:
    // ret
    "0130 e80600000048ffcf75f6f44883c001a8017402eb1bc3",
    // 0x160 add rax, 2; ret
    "0160 4883c002c3",
    // 0x170 1: push rdi; call arg; dec rdi; jne 1b; hlt; arg: add rax, [rsp + 8]; ret 8
    "0170 57e80600000048ffcf75f5f44803442408c20800",
    // 0x190 1: mov rax, rdi; and eax, 3; lea rbx, [rip + 3f]; lea rbx, [rbx + rax * 8]; jmp rbx
    //       2: dec rdi; jne 1b; hlt; 3: four times add rdx, …; jmp 2b, 8 bytes each
    "0190 4889f883e003488d1d13000000488d1cc3ffe348ffcf75e8f40f1f80000000004883c201ebed66904883c203ebe566904883ea02ebdd66904883f205ebd5",
  };

  private MemoryPool pool;
  private AddressSpace space;
  private CpuState cpu;

  @BeforeEach
  void start() {
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
    int readWrite = Protection.READ | Protection.WRITE;
    space.map(CODE, 0x1000, readWrite, MapFlags.PRIVATE, null, 0, null);
    for (String program : PROGRAMS) {
      byte[] bytes = HexFormat.of().parseHex(program.substring(5));
      space.write(CODE + Integer.parseInt(program, 0, 4, 16), bytes, 0, bytes.length);
    }
    space.protect(CODE, 0x1000, Protection.READ | Protection.EXEC);
    space.map(STACK_TOP - 0x10_0000, 0x10_0000, readWrite, MapFlags.PRIVATE, null, 0, null);
    space.map(DATA, 0x1000, readWrite, MapFlags.PRIVATE, null, 0, null);
    cpu = new CpuState(space, (state, kind) -> false);
    space.register(cpu);
  }

  @AfterEach
  void stop() {
    space.unregister(cpu);
    space.release();
    pool.close();
  }

  private void registers(int start, long count) {
    Arrays.fill(cpu.r, 0);
    cpu.r[Reg.DIRECTION] = 1;
    cpu.r[Reg.RDI] = count;
    cpu.r[Reg.RSI] = DATA;
    cpu.r[Reg.RBP] = CODE + 0x10b;
    cpu.r[Reg.RCX] = CODE + 0x110;
    cpu.r[Reg.RSP] = STACK_TOP - 8;
    cpu.setEflags(0);
    cpu.rip = CODE + start;
  }

  private String run(Engine engine, int start, long count) {
    registers(start, count);
    Engine.Exit exit = engine.run(cpu);
    StringBuilder out = new StringBuilder();
    out.append(exit).append(' ').append(cpu.fault).append(' ').append(Long.toHexString(cpu.rip));
    out.append(' ').append(Long.toHexString(cpu.eflags()));
    for (int i = 0; i < 16; i++) {
      out.append(' ').append(Long.toHexString(cpu.r[i]));
    }
    return out.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "0x40, 15",
    "0x70, 10",
    "0x70, 5000",
    "0x80, 50",
    "0xb0, 20",
    "0xb0, 1000",
    "0xd0, 20",
    "0x100, 50",
    "0x130, 50",
    "0x170, 50",
    "0x190, 50"
  })
  void leavesTheStateThatTheInterpreterLeaves(int start, long count) {
    String expected;
    try (Engine interpreter = RookeryEngine.interpreter()) {
      expected = run(interpreter, start, count);
    }
    cpu.engineData = null;
    SynchronousCompiler compiler = new SynchronousCompiler();
    try (Engine compiling = RookeryEngine.compiling(compiler, 2)) {
      for (int i = 0; i < 5; i++) {
        assertEquals(expected, run(compiling, start, count));
      }
      assertTrue(compiler.units() > 0);
    }
  }

  @Test
  void anIndirectJumpStaysInTheUnit() {
    SynchronousCompiler compiler = new SynchronousCompiler();
    try (Engine compiling = RookeryEngine.compiling(compiler, 20)) {
      run(compiling, 0x190, 200);
      long units = compiler.units();
      run(compiling, 0x190, 2000);
      assertTrue(units > 0 && units <= 2, () -> units + " units");
      assertEquals(units, compiler.units());
    }
  }

  @Test
  void aFaultInACalleeIsPrecise() {
    try (Engine compiling = RookeryEngine.compiling(new SynchronousCompiler(), 2)) {
      run(compiling, 0xb0, 100);
      run(compiling, 0xb0, 1000);
      assertEquals(DATA + 0x1000, ((MemoryFault) cpu.fault).address());
      assertEquals(CODE + 0xbb, cpu.rip);
      assertEquals(1000 - 0x200, cpu.r[Reg.RDI]);
      assertEquals(STACK_TOP - 16, cpu.r[Reg.RSP]);
    }
  }

  @Test
  void attentionIsSeenInARecursionWithoutLoops() throws InterruptedException {
    try (Engine compiling = RookeryEngine.compiling(new SynchronousCompiler(), 2)) {
      run(compiling, 0x40, 15);
      registers(0x40, 60); // takes hours
      Thread kick =
          Thread.ofPlatform()
              .start(
                  () -> {
                    sleep();
                    cpu.attention = 1;
                  });
      assertEquals(Engine.Exit.ATTENTION, compiling.run(cpu));
      kick.join();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
