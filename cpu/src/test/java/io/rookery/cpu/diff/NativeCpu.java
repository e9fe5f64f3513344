package io.rookery.cpu.diff;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.rookery.cpu.decode.EncodingForms;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * Runs single instructions on the host's processor, within this process: an executable page loads
 * the registers, runs the instruction and stores them. An instruction that faults ends the JVM.
 */
@SuppressWarnings("restricted")
public final class NativeCpu implements Machine {
  private static final int MARKER = 0x98;
  private static final int HOST_RSP = 0x88;
  private static final int FLAGS = 0x80;
  private static final int TARGET = 0x90;
  private static final int VECTORS = 0x100;
  private static final int FXSAVE = 0x400;

  private static final int PROT_RWX = 7;
  private static final int FLAGS_NOREPLACE = 0x100022;

  private static NativeCpu instance;

  /** The JVM's own reservations below 4 GiB lie elsewhere in every process. */
  private static final long STEP = 0x800_0000;

  private static final long LAST = 0x7800_0000;

  private final Layout layout;
  private final MemorySegment memory;
  private final MethodHandle stub;
  private final long tail0;
  private final long tail1;

  private NativeCpu() throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle mmap =
        linker.downcallHandle(
            linker.defaultLookup().find("mmap").orElseThrow(),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    long base = Layout.RECORDED.base() - STEP;
    long at;
    do {
      base += STEP;
      if (base > LAST) {
        throw new IOException("no room for an executable page below 2 GiB");
      }
      at = (long) mmap.invokeExact(base, Layout.SIZE, PROT_RWX, FLAGS_NOREPLACE, -1, 0L);
    } while (at != base);
    layout = new Layout(at);
    memory = MemorySegment.ofAddress(at).reinterpret(Layout.SIZE);
    Code code = new Code();
    long entry = code.here();
    code.hex("53 55 41 54 41 55 41 56 41 57"); // push rbx, rbp, r12 … r15
    code.absolute("48 89", 4, layout.in() + HOST_RSP); // mov [], rsp
    code.absolute("48 0f ae", 1, layout.in() + FXSAVE); // fxrstor64 []
    for (int i = 0; i < 16; i++) {
      code.absolute(i < 8 ? "c5 fe 6f" : "c5 7e 6f", i & 7, layout.in() + VECTORS + 32L * i);
    }
    code.absolute("ff", 6, layout.in() + FLAGS); // push []
    code.hex("9d"); // popf
    for (int i = 0; i < 16; i++) {
      code.absolute(i < 8 ? "48 8b" : "4c 8b", i & 7, layout.in() + 8L * i);
    }
    code.absolute("ff", 4, layout.in() + TARGET); // jmp []
    tail1 = code.here();
    code.absolute("c6", 0, layout.out() + MARKER); // mov byte [], 1
    code.hex("01");
    tail0 = code.here();
    for (int i = 0; i < 16; i++) {
      code.absolute(i < 8 ? "48 89" : "4c 89", i & 7, layout.out() + 8L * i);
    }
    code.absolute("48 8b", 4, layout.in() + HOST_RSP);
    code.hex("9c"); // pushf
    code.absolute("8f", 0, layout.out() + FLAGS); // pop []
    code.hex("fc"); // cld
    for (int i = 0; i < 16; i++) {
      code.absolute(i < 8 ? "c5 fe 7f" : "c5 7e 7f", i & 7, layout.out() + VECTORS + 32L * i);
    }
    code.absolute("48 0f ae", 0, layout.out() + FXSAVE); // fxsave64 []
    code.hex("db e3 c5 f8 77"); // fninit, vzeroupper
    long mxcsr = layout.in() + 0xa0;
    memory.set(JAVA_INT, mxcsr - layout.base(), 0x1f80);
    code.absolute("0f ae", 2, mxcsr); // ldmxcsr []
    code.hex("41 5f 41 5e 41 5d 41 5c 5d 5b c3");
    stub = linker.downcallHandle(MemorySegment.ofAddress(entry), FunctionDescriptor.ofVoid());
  }

  /** Whether this host runs amd64 Linux with AVX2, BMI and FMA. */
  static boolean available() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")
        || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return false;
    }
    return hasAll("avx2", "bmi1", "bmi2", "fma", "f16c", "movbe");
  }

  /** Whether /proc/cpuinfo names all the features. */
  static boolean hasAll(String... features) {
    try {
      String info = Files.readString(Path.of("/proc/cpuinfo"));
      for (String feature : features) {
        if (!info.contains(" " + feature + " ")) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the processor is one of Intel's. */
  public static boolean isIntel() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo")).contains("GenuineIntel");
    } catch (IOException e) {
      return false;
    }
  }

  /** The one of this process. */
  static synchronized NativeCpu get() throws Throwable {
    if (instance == null) {
      instance = new NativeCpu();
    }
    return instance;
  }

  @Override
  public Layout layout() {
    return layout;
  }

  /** Writes machine code into the stub. */
  private final class Code {
    private long at = layout.stub() - layout.base();

    long here() {
      return layout.base() + at;
    }

    void hex(String bytes) {
      for (byte b : HexFormat.ofDelimiter(" ").parseHex(bytes)) {
        memory.set(JAVA_BYTE, at++, b);
      }
    }

    /** An instruction with ModRM.reg {@code reg} and an absolute memory operand. */
    void absolute(String opcode, int reg, long address) {
      hex(opcode);
      memory.set(JAVA_BYTE, at++, (byte) (reg << 3 | 4));
      memory.set(JAVA_BYTE, at++, (byte) 0x25);
      memory.set(JAVA_INT.withByteAlignment(1), at, (int) address);
      at += 4;
    }
  }

  /** Puts {@code bytes} at {@code slot}, followed by ways back. */
  void install(byte[] bytes, long slot) {
    long at = slot - layout.base();
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, at, bytes.length);
    jump(at + bytes.length, tail0);
    jump(at + EncodingForms.BRANCH_DISTANCE, tail1);
  }

  private void jump(long at, long target) {
    memory.set(JAVA_BYTE, at, (byte) 0xe9);
    int distance = (int) (target - (layout.base() + at + 5));
    memory.set(JAVA_INT.withByteAlignment(1), at + 1, distance);
  }

  @Override
  public void run(byte[] code, long slot, List<MachineState> before, List<MachineState> after) {
    install(code, slot);
    for (int i = 0; i < before.size(); i++) {
      run(slot, before.get(i), after.get(i));
    }
  }

  /** Runs what is at {@code slot} from state {@code in}. */
  void run(long slot, MachineState in, MachineState out) {
    out.fsBase = in.fsBase;
    out.gsBase = in.gsBase;
    long base = layout.in() - layout.base();
    MemorySegment.copy(in.gpr, 0, memory, JAVA_LONG, base, 16);
    memory.set(JAVA_LONG, base + FLAGS, in.flags | 0x202);
    memory.set(JAVA_LONG, base + TARGET, slot);
    memory.set(JAVA_BYTE, layout.out() - layout.base() + MARKER, (byte) 0);
    MemorySegment.copy(in.vector, 0, memory, JAVA_LONG, base + VECTORS, 64);
    long fx = base + FXSAVE;
    memory.set(JAVA_SHORT, fx, (short) in.x87Control);
    memory.set(JAVA_SHORT, fx + 2, (short) in.x87Status);
    memory.set(JAVA_BYTE, fx + 4, (byte) in.x87Used);
    memory.set(JAVA_INT, fx + 24, in.mxcsr);
    for (int i = 0; i < 8; i++) {
      memory.set(JAVA_LONG, fx + 32 + 16L * i, in.significand[i]);
      memory.set(JAVA_LONG, fx + 40 + 16L * i, in.signExponent[i]);
    }
    long data = in.dataStart - layout.base();
    long stack = layout.stack() - MachineState.STACK_BEFORE - layout.base();
    MemorySegment.copy(in.data, 0, memory, JAVA_BYTE, data, in.data.length);
    MemorySegment.copy(in.stack, 0, memory, JAVA_BYTE, stack, in.stack.length);
    try {
      stub.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    out.outcome = null;
    base = layout.out() - layout.base();
    MemorySegment.copy(memory, JAVA_LONG, base, out.gpr, 0, 16);
    out.flags = memory.get(JAVA_LONG, base + FLAGS);
    out.branched = memory.get(JAVA_BYTE, base + MARKER) != 0;
    MemorySegment.copy(memory, JAVA_LONG, base + VECTORS, out.vector, 0, 64);
    fx = base + FXSAVE;
    out.x87Control = memory.get(JAVA_SHORT, fx) & 0xffff;
    out.x87Status = memory.get(JAVA_SHORT, fx + 2) & 0xffff;
    out.x87Used = memory.get(JAVA_BYTE, fx + 4) & 0xff;
    out.mxcsr = memory.get(JAVA_INT, fx + 24);
    for (int i = 0; i < 8; i++) {
      out.significand[i] = memory.get(JAVA_LONG, fx + 32 + 16L * i);
      out.signExponent[i] = memory.get(JAVA_SHORT, fx + 40 + 16L * i) & 0xffff;
    }
    MemorySegment.copy(memory, JAVA_BYTE, data, out.data, 0, out.data.length);
    MemorySegment.copy(memory, JAVA_BYTE, stack, out.stack, 0, out.stack.length);
  }
}
