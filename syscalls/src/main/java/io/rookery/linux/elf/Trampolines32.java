package io.rookery.linux.elf;

import io.rookery.linux.mm.MemoryLayout;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Protection;

/**
 * The code that the kernel itself lends to 32-bit programs: where signal handlers without a
 * restorer return to, and where SYSENTER comes back. It is no shared object and stands in no
 * auxiliary vector, so that C libraries use their own INT 80h.
 */
public final class Trampolines32 {
  /** Return address of handlers on a struct sigframe: POP EAX; MOV EAX,119; INT 80h. */
  public static final long SIGRETURN = MemoryLayout.TRAMPOLINES_32 + 0x10;

  /** Return address of handlers on a struct rt_sigframe: MOV EAX,173; INT 80h. */
  public static final long RT_SIGRETURN = MemoryLayout.TRAMPOLINES_32 + 0x20;

  /**
   * Where SYSENTER returns to, behind an INT 80h that a restarted call runs: POP EBP; POP EDX; POP
   * ECX; RET.
   */
  public static final long SYSENTER_RETURN = MemoryLayout.TRAMPOLINES_32 + 0x32;

  private static final byte[] CODE = new byte[0x40];

  static {
    put(0x10, 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80);
    put(0x20, 0xb8, 173, 0, 0, 0, 0xcd, 0x80);
    put(0x30, 0xcd, 0x80, 0x5d, 0x5a, 0x59, 0xc3);
  }

  private Trampolines32() {}

  private static void put(int at, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      CODE[at + i] = (byte) bytes[i];
    }
  }

  static void map(AddressSpace space) {
    long at = MemoryLayout.TRAMPOLINES_32;
    int writable = Protection.READ | Protection.WRITE;
    space.map(at, 4096, writable, MapFlags.PRIVATE, null, 0, "[vdso]");
    space.write(at, CODE, 0, CODE.length);
    space.protect(at, 4096, Protection.READ | Protection.EXEC);
  }
}
