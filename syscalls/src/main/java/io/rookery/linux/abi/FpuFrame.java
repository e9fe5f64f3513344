package io.rookery.linux.abi;

import io.rookery.cpu.CpuFeature;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.helper.Fxsave;
import io.rookery.cpu.helper.Xsave;
import io.rookery.linux.errno.Errno;

/**
 * The extended state in a signal frame: the XSAVE area in standard format ({@link Xsave}), marked
 * as Linux does in the bytes that FXSAVE leaves to software, and behind its end
 * (arch/x86/include/uapi/asm/sigcontext.h).
 */
final class FpuFrame {
  /** Bytes in the frame: the area and the mark behind it. */
  static final int SIZE = Xsave.SIZE + 4;

  private static final int MAGIC1 = 0x46505853;
  private static final int MAGIC2 = 0x46505845;

  // struct _fpx_sw_bytes.
  private static final int SOFTWARE = 464;
  private static final int EXTENDED_SIZE = SOFTWARE + 4;
  private static final int FEATURES = SOFTWARE + 8;
  private static final int AREA_SIZE = SOFTWARE + 16;

  private FpuFrame() {}

  /** Whether the processor has XSAVE; without it a frame holds the bytes of FXSAVE, unmarked. */
  static boolean isExtended(CpuState cpu) {
    return cpu.model.includes(CpuFeature.XSAVE.since());
  }

  static byte[] save(CpuState cpu) {
    if (!isExtended(cpu)) {
      byte[] plain = new byte[Fxsave.SIZE];
      Fxsave.store(cpu, plain, 0, true);
      return plain;
    }
    byte[] b = new byte[SIZE];
    Xsave.store(cpu, b, 0);
    Bytes.putInt(b, SOFTWARE, MAGIC1);
    Bytes.putInt(b, EXTENDED_SIZE, SIZE);
    Bytes.putLong(b, FEATURES, Xsave.COMPONENTS);
    Bytes.putInt(b, AREA_SIZE, Xsave.SIZE);
    Bytes.putInt(b, Xsave.SIZE, MAGIC2);
    return b;
  }

  /**
   * Takes over a frame's state; {@code b} holds at least the 512 bytes of FXSAVE. What it does not
   * hold becomes as after reset.
   *
   * @throws io.rookery.linux.errno.ErrnoException EFAULT when reserved bits are set; no register
   *     has changed then
   */
  static void restore(CpuState cpu, byte[] b) {
    boolean extended =
        isExtended(cpu)
            && b.length >= SIZE
            && Bytes.getInt(b, SOFTWARE) == MAGIC1
            && Bytes.getInt(b, AREA_SIZE) == Xsave.SIZE
            && Bytes.getInt(b, Xsave.SIZE) == MAGIC2;
    if (!(extended ? Xsave.load(cpu, b, 0) : Fxsave.load(cpu, b, 0, true))) {
      throw Errno.EFAULT.exception();
    }
    if (!extended) {
      Xsave.clearUpperHalves(cpu);
    }
  }
}
