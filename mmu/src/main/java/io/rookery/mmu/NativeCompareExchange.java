package io.rookery.mmu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The host's CMPXCHG16B, which no Java method becomes: a stub of machine code, about 20 ns a call.
 * On x86-64 Linux with native access enabled.
 */
final class NativeCompareExchange {
  /** {@code int stub(void* operand, long values[4])} of the System V ABI. */
  private static final int[] STUB = {
    0x53, //                             push rbx
    0x48, 0x8b, 0x06, //                 mov rax, [rsi]
    0x48, 0x8b, 0x56, 0x08, //           mov rdx, [rsi+8]
    0x48, 0x8b, 0x5e, 0x10, //           mov rbx, [rsi+16]
    0x48, 0x8b, 0x4e, 0x18, //           mov rcx, [rsi+24]
    0xf0, 0x48, 0x0f, 0xc7, 0x0f, //     lock cmpxchg16b [rdi]
    0x48, 0x89, 0x06, //                 mov [rsi], rax
    0x48, 0x89, 0x56, 0x08, //           mov [rsi+8], rdx
    0x0f, 0x94, 0xc0, //                 sete al
    0x0f, 0xb6, 0xc0, //                 movzx eax, al
    0x5b, //                             pop rbx
    0xc3, //                             ret
  };

  private static final @Nullable MethodHandle HANDLE = link();

  private NativeCompareExchange() {}

  static boolean available() {
    return HANDLE != null;
  }

  /**
   * Compares and exchanges 16 bytes.
   *
   * @param host a multiple of 16
   * @param values expected low and high half, which become the old ones; new low and high half
   * @return whether the memory held what was expected
   * @throws IllegalStateException unless {@link #available}
   */
  static boolean run(long host, long[] values) {
    MethodHandle handle = HANDLE;
    if (handle == null) {
      throw new IllegalStateException("the host has no CMPXCHG16B for us");
    }
    try {
      return (long) handle.invokeExact(host, MemorySegment.ofArray(values)) != 0;
    } catch (Throwable e) {
      throw new AssertionError("machine code threw", e);
    }
  }

  @SuppressWarnings("restricted") // MappedMemory is there with native access enabled only
  private static @Nullable MethodHandle link() {
    if (!Host.isX86Linux64() || !(HostMemory.best() instanceof MappedMemory memory) || !has()) {
      return null;
    }
    byte[] code = new byte[STUB.length];
    for (int i = 0; i < code.length; i++) {
      code[i] = (byte) STUB[i];
    }
    long address = memory.addCode(code);
    return address == 0
        ? null
        : Linker.nativeLinker()
            .downcallHandle(
                MemorySegment.ofAddress(address),
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS),
                Linker.Option.critical(true));
  }

  private static boolean has() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo")).contains(" cx16 ");
    } catch (IOException e) {
      return false;
    }
  }
}
