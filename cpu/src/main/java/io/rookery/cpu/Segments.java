package io.rookery.cpu;

import io.rookery.cpu.ir.Reg;

/**
 * Segment registers (SDM vol. 3, 3.4): selectors refer to the global descriptor table that Linux
 * has, with the three thread-local entries of {@link CpuState#tls}. There is no local table.
 *
 * <p>Bases count for FS and GS alone. A selector of a segment that is not flat cannot be loaded
 * into the other registers in 32-bit mode: #UD, so that it is seen. Limits are not checked.
 */
public final class Segments {
  /** Numbers of segment registers in instructions. */
  public static final int ES = 0;

  public static final int CS = 1;

  public static final int SS = 2;
  public static final int DS = 3;
  public static final int FS = 4;
  public static final int GS = 5;

  /** Selectors of Linux's flat segments for programs. */
  public static final int USER32_CS = 0x23;

  public static final int USER_DS = 0x2b;
  public static final int USER_CS = 0x33;

  /** First of the three thread-local entries, and how many there are. */
  public static final int FIRST_TLS = 12;

  public static final int TLS_ENTRIES = 3;

  private static final int TABLE_INDICATOR = 4;
  private static final long CODE32 = 0x00cffb000000ffffL;
  private static final long DATA = 0x00cff3000000ffffL;
  private static final long CODE64 = 0x00affb000000ffffL;

  /** The entry whose limit tells processor and node, here 0. */
  private static final long CPU_NUMBER = 0x0040f50000000000L;

  private static final long PRESENT = 1L << 47;
  private static final long NOT_SYSTEM = 1L << 44;
  private static final long CODE = 1L << 43;
  private static final long WRITABLE = 1L << 41; // of code: readable
  private static final int DPL = 45;
  private static final long IN_PAGES = 1L << 55;

  /** Type to G in a descriptor's upper half, with the limit's bits, which processors show too. */
  private static final long RIGHTS = 0xffff00;

  private Segments() {}

  /** The descriptor of a selector; 0 for an unused one. */
  private static long descriptor(CpuState s, int selector) {
    int index = selector >>> 3;
    if ((selector & TABLE_INDICATOR) != 0) {
      return 0;
    }
    return switch (index) {
      case 4 -> CODE32;
      case 5 -> DATA;
      case 6 -> CODE64;
      case 12, 13, 14 -> s.tls[index - FIRST_TLS];
      case 15 -> CPU_NUMBER;
      default -> 0;
    };
  }

  /**
   * The descriptor that LAR and LSL show of: 0 where they show nothing, which Linux's system
   * descriptors are, being for the kernel.
   */
  private static long visible(CpuState s, int selector) {
    long d = descriptor(s, selector);
    return (d & NOT_SYSTEM) != 0 && (d >>> DPL & 3) == 3 ? d : 0;
  }

  /** What LAR gives for a selector, or -1 for one that it shows nothing of. */
  public static long rights(CpuState s, int selector) {
    long d = visible(s, selector);
    return d == 0 ? -1 : d >>> 32 & RIGHTS;
  }

  /** The last offset in a selector's segment, as LSL gives it, or -1 as above. */
  public static long limit(CpuState s, int selector) {
    long d = visible(s, selector);
    long limit = d & 0xffff | d >>> 32 & 0xf0000;
    return d == 0 ? -1 : (d & IN_PAGES) != 0 ? limit << 12 | 0xfff : limit;
  }

  /** Whether programs can read a selector's segment. */
  public static boolean isReadable(CpuState s, int selector) {
    long d = visible(s, selector);
    return d != 0 && ((d & CODE) == 0 || (d & WRITABLE) != 0);
  }

  /** Whether programs can write to a selector's segment. */
  public static boolean isWritable(CpuState s, int selector) {
    return (visible(s, selector) & (CODE | WRITABLE)) == WRITABLE;
  }

  /** The base address in a descriptor. */
  public static long base(long descriptor) {
    return descriptor >>> 16 & 0xffffff | descriptor >>> 32 & 0xff000000L;
  }

  private static CpuFault fault(int vector, int selector) {
    return new CpuFault(vector, selector & 0xfffc);
  }

  /**
   * Loads a segment register other than CS.
   *
   * @throws CpuFault as MOV to it faults
   */
  public static void load(CpuState s, int register, int selector) {
    if ((selector & ~3) == 0) {
      if (register == SS) {
        throw fault(CpuFault.GENERAL_PROTECTION, 0);
      }
      set(s, register, selector, 0);
      return;
    }
    long d = descriptor(s, selector);
    boolean code = (d & CODE) != 0;
    boolean usable =
        (d & NOT_SYSTEM) != 0
            && (d >>> DPL & 3) == 3
            && (register == SS ? !code && (d & WRITABLE) != 0 : !code || (d & WRITABLE) != 0);
    if (!usable || (register == SS && (selector & 3) != 3)) {
      throw fault(CpuFault.GENERAL_PROTECTION, selector);
    }
    if ((d & PRESENT) == 0) {
      throw fault(register == SS ? CpuFault.STACK_FAULT : CpuFault.SEGMENT_NOT_PRESENT, selector);
    }
    long base = base(d);
    if (register < FS && base != 0 && !s.longMode) {
      throw new CpuFault(CpuFault.INVALID_OPCODE);
    }
    set(s, register, selector, base);
  }

  private static void set(CpuState s, int register, int selector, long base) {
    s.r[Reg.SELECTOR + register] = selector;
    if (register == FS) {
      s.r[Reg.FS_BASE] = base;
    } else if (register == GS) {
      s.r[Reg.GS_BASE] = base;
    }
  }

  /**
   * Sets a thread-local entry; registers that refer to it take the new base, as Linux has it.
   *
   * @param entry 0 to 2
   */
  public static void setTls(CpuState s, int entry, long descriptor) {
    s.tls[entry] = descriptor;
    int selector = FIRST_TLS + entry << 3 | 3;
    for (int register = FS; register <= GS; register++) {
      if (s.r[Reg.SELECTOR + register] == selector) {
        try {
          load(s, register, selector);
        } catch (CpuFault e) {
          set(s, register, 0, 0); // the entry was emptied
        }
      }
    }
  }

  /**
   * Checks the selector of a far jump or call, whose requested privilege level does not count; true
   * when it is the 64-bit code segment.
   *
   * @throws CpuFault when the selector is none of Linux's code segments
   */
  public static boolean isLongCode(CpuState s, int selector) {
    if ((selector & ~3) == 0) {
      throw fault(CpuFault.GENERAL_PROTECTION, 0);
    }
    long d = descriptor(s, selector);
    if (d != CODE32 && d != CODE64) {
      throw fault(CpuFault.GENERAL_PROTECTION, selector);
    }
    return d == CODE64;
  }

  /**
   * As above for a far return, which may lead to no higher privilege.
   *
   * @throws CpuFault also when the selector asks for that
   */
  public static boolean returnsToLongCode(CpuState s, int selector) {
    boolean toLong = isLongCode(s, selector);
    if ((selector & 3) != 3) {
      throw fault(CpuFault.GENERAL_PROTECTION, selector);
    }
    return toLong;
  }
}
