package io.rookery.cpu.lift;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.decode.Decoder;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.mmu.AddressSpace;

/**
 * Reads one basic block of guest code into micro-ops. One per thread that translates; not
 * thread-safe.
 *
 * <p>A block ends behind a control transfer, at the end of its page (an instruction may straddle
 * it), and after {@link #MAX_INSTRUCTIONS}.
 */
public final class BlockLifter {
  /** Bounds the time and space of one block. */
  public static final int MAX_INSTRUCTIONS = 64;

  private static final int MAX_INSTRUCTION_LENGTH = 15;
  private static final int PAGE = 4096;

  /** Few blocks are longer; fetched first, so that the next page is not asked for without need. */
  private static final int USUAL_LENGTH = 64;

  private final IrBuilder out = new IrBuilder();
  private final Insn insn = new Insn();
  private final Lifter lifter = new Lifter(out);
  private final Decoder decoder;
  private final byte[] bytes = new byte[PAGE + MAX_INSTRUCTION_LENGTH];
  private long end;

  /** {@code mode}: 64 or 32; what {@code model} lacks is undefined. */
  public BlockLifter(int mode, CpuModel model) {
    decoder = new Decoder(mode, model);
  }

  /**
   * Lifts the block at {@code rip}; the result is in the returned builder until the next call, its
   * guest bytes end before {@link #end}.
   *
   * @throws io.rookery.mmu.MemoryFault if the first instruction cannot be fetched
   */
  public IrBuilder lift(AddressSpace space, long rip) {
    long pageEnd = (rip & -PAGE) + PAGE;
    int most = (int) (pageEnd - rip) + MAX_INSTRUCTION_LENGTH;
    int wanted = Math.min(USUAL_LENGTH, most);
    int available = space.fetch(rip, bytes, wanted);
    out.begin(rip);
    long at = rip;
    while (true) {
      int offset = (int) (at - rip);
      if (available - offset < MAX_INSTRUCTION_LENGTH && available == wanted && wanted < most) {
        wanted = Math.min(wanted * 2, most);
        available = space.fetch(rip, bytes, wanted);
      }
      decoder.decode(bytes, offset, available - offset, at, insn);
      if (insn.mnemonic == Mnemonic.TRUNCATED) {
        if (at == rip) {
          // The rest of it lies on a page that is not executable: fault with that page's address.
          space.fetch(rip + available, bytes, 1);
        }
        lifter.jump(at);
        break;
      }
      out.instruction(at);
      boolean ended = lifter.lift(insn);
      at += insn.length;
      if (ended) {
        break;
      }
      if (at >= pageEnd || out.instructions() == MAX_INSTRUCTIONS) {
        lifter.jump(at);
        break;
      }
    }
    end = at;
    return out;
  }

  /**
   * Lifts the one instruction at {@code rip}, of a repeated string instruction one round; the
   * result as above.
   *
   * @param decoded receives the instruction
   * @throws io.rookery.mmu.MemoryFault if it cannot be fetched
   */
  public IrBuilder liftOne(AddressSpace space, long rip, Insn decoded) {
    int available = space.fetch(rip, bytes, MAX_INSTRUCTION_LENGTH);
    decoder.decode(bytes, 0, available, rip, decoded);
    while (decoded.mnemonic == Mnemonic.TRUNCATED) {
      space.fetch(rip + available, bytes, 1); // faults, unless it has just been mapped
      available = space.fetch(rip, bytes, MAX_INSTRUCTION_LENGTH);
      decoder.decode(bytes, 0, available, rip, decoded);
    }
    out.begin(rip);
    out.instruction(rip);
    boolean rep = decoded.rep;
    boolean repne = decoded.repne;
    decoded.rep = false;
    decoded.repne = false;
    lifter.lift(decoded);
    decoded.rep = rep;
    decoded.repne = repne;
    return out;
  }

  /** Address behind the last byte of the block lifted last. */
  public long end() {
    return end;
  }
}
