package io.rookery.linux.net.packet;

import io.rookery.linux.errno.Errno;
import io.rookery.mmu.Frame;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.PageSource;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Memory shared with the guest into which packets are written (PACKET_RX_RING, TPACKET_V2 of
 * Documentation/networking/packet_mmap.rst). Whose a slot is, its first word says: zero is the
 * kernel's. The guest may write anything there at any time; nothing but that word is read back.
 * Thread-safe.
 */
final class PacketRing implements PageSource {
  /** Bytes of struct tpacket2_hdr. */
  static final int HEADER = 32;

  private static final int LOSING = 4; // TP_STATUS_LOSING
  private static final int ADDRESSES = HEADER + LinkAddress.SIZE; // TPACKET2_HDRLEN
  private static final int ALIGNMENT = 16;
  private static final long NANOS = 1_000_000_000L;

  private final Frame[] pages;
  private final int blockSize;
  private final int slotSize;
  private final int slotsPerBlock;
  private final int slots;
  private final int reserve;
  // Guarded by this, all below.
  private int next;
  private long mapped;
  private boolean closed;
  private boolean freed;

  /**
   * A ring of struct tpacket_req.
   *
   * @param reserve bytes that stay free in front of each packet (PACKET_RESERVE)
   * @throws io.rookery.linux.errno.ErrnoException EINVAL, ENOMEM
   */
  PacketRing(MemoryPool memory, int blockSize, int blocks, int slotSize, int slots, int reserve) {
    if (blockSize <= 0
        || blockSize % Frame.SIZE != 0
        || slotSize % ALIGNMENT != 0
        || Integer.compareUnsigned(slotSize, ADDRESSES + reserve) < 0
        || Integer.compareUnsigned(slotSize, blockSize) > 0
        || (long) (blockSize / slotSize) * Integer.toUnsignedLong(blocks)
            != Integer.toUnsignedLong(slots)) {
      throw Errno.EINVAL.exception();
    }
    long size = (long) blockSize * Integer.toUnsignedLong(blocks);
    if (size > memory.limitBytes()) {
      throw Errno.ENOMEM.exception();
    }
    this.blockSize = blockSize;
    this.slotSize = slotSize;
    this.slots = slots;
    this.reserve = reserve;
    slotsPerBlock = blockSize / slotSize;
    pages = new Frame[(int) (size / Frame.SIZE)];
    for (int i = 0; i < pages.length; i++) {
      try {
        pages[i] = memory.allocateFrame();
      } catch (MemoryLimitException e) {
        for (int j = 0; j < i; j++) {
          pages[j].release();
        }
        throw Errno.ENOMEM.exception();
      }
    }
  }

  /** The least slot. */
  static int leastSlot(int reserve) {
    return ADDRESSES + reserve;
  }

  private long offset(int slot) {
    return (long) (slot / slotsPerBlock) * blockSize + (long) (slot % slotsPerBlock) * slotSize;
  }

  private int status(int slot) {
    byte[] word = new byte[4];
    move(offset(slot), word, word.length, false);
    return ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private void move(long at, byte[] bytes, int length, boolean in) {
    for (int done = 0; done < length; ) {
      Frame page = pages[(int) ((at + done) / Frame.SIZE)];
      int position = (int) ((at + done) % Frame.SIZE);
      int count = Math.min(length - done, Frame.SIZE - position);
      if (in) {
        page.write(position, bytes, done, count);
      } else {
        page.read(position, bytes, done, count);
      }
      done += count;
    }
  }

  /** Writes a packet into the next slot; false if that is the guest's still. */
  synchronized boolean put(CapturedPacket p, boolean losing) {
    if (closed || status(next) != 0) {
      return false;
    }
    int link = p.networkHeader();
    int network =
        (link == 0 ? align(ADDRESSES) + ALIGNMENT : align(ADDRESSES + Math.max(ALIGNMENT, link)))
            + reserve;
    int data = network - link;
    int taken = Math.clamp(slotSize - (long) data, 0, p.data().length);
    long at = offset(next);
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0).putInt(p.length()).putInt(taken);
    header.putShort((short) data).putShort((short) network);
    header.putInt((int) (p.nanos() / NANOS)).putInt((int) (p.nanos() % NANOS));
    move(at, header.array(), HEADER, true);
    move(at + HEADER, p.address(), LinkAddress.SIZE, true);
    move(at + data, p.data(), taken, true);
    VarHandle.fullFence(); // the word comes last: with it the slot is the guest's
    byte[] status = new byte[4];
    status[0] = (byte) (p.status() | (losing ? LOSING : 0));
    move(at, status, status.length, true);
    next = (next + 1) % slots;
    return true;
  }

  private static int align(int size) {
    return size + ALIGNMENT - 1 & -ALIGNMENT;
  }

  /** Whether the packet written last is still the guest's. */
  synchronized boolean isReadable() {
    return !closed && status((next + slots - 1) % slots) != 0;
  }

  synchronized boolean isMapped() {
    return mapped > 0;
  }

  /** No packets from now on; the memory goes when nobody maps it. */
  synchronized void close() {
    if (!closed) {
      closed = true;
      freeIfUnused();
    }
  }

  private void freeIfUnused() {
    if (closed && mapped == 0 && !freed) {
      freed = true;
      for (Frame page : pages) {
        page.release();
      }
    }
  }

  @Override
  public synchronized @Nullable Frame frame(long pageIndex, boolean forWrite) {
    if (pageIndex >= pages.length || freed) {
      return null;
    }
    Frame page = pages[(int) pageIndex];
    page.retain();
    return page;
  }

  @Override
  public void unpin(Frame frame) {
    frame.release();
  }

  @Override
  public void dirtied(Frame frame) {}

  @Override
  public String name() {
    return "packet ring";
  }

  @Override
  public long sizeBytes() {
    return (long) pages.length * Frame.SIZE;
  }

  @Override
  public long generation(long pageIndex) {
    return 0;
  }

  @Override
  public synchronized void mapped(long count) {
    mapped += count;
  }

  @Override
  public synchronized void unmapped(long count) {
    mapped -= count;
    freeIfUnused();
  }
}
