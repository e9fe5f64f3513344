package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.DeviceFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of the device in memory, changed ones until they are written back.
 *
 * <p>The cache keeps a block's bytes whole and never loses a change, but who may read or change
 * which block is decided by the locks of those who own it: an inode's lock for the blocks of its
 * tree, nothing for two inodes in one block, whose bytes are apart. Under these locks the array
 * that {@link #read} returns stays valid, also when the block leaves the cache meanwhile.
 *
 * <p>Eviction is the clock algorithm over clean blocks. Dirty blocks are written in the order of
 * their numbers, neighbours together, by one thread at a time; where a flush is not atomic, by
 * {@link WriteOrder} first.
 */
final class BlockCache {
  private static final int MAX_WRITE = 1 << 18;
  private static final int CLOCK_STEPS = 64;

  /** Changes a block's bytes; must not use the cache. A refusal has changed nothing. */
  interface Edit {
    void apply(byte[] data) throws Ext2Exception;
  }

  /** All fields but the final ones are guarded by the block's monitor. */
  private static final class Block {
    final long number;
    final byte[] data;
    volatile boolean loaded;
    volatile boolean referenced;
    boolean evicted;
    boolean dirty;
    WriteOrder order = WriteOrder.REST;
    boolean writing;

    Block(long number, int size) {
      this.number = number;
      this.data = new byte[size];
    }
  }

  private final BlockDevice device;
  private final int blockSize;
  private final int capacity;
  private final Map<Long, Block> blocks = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Block> clock = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger queued = new AtomicInteger();
  private final ConcurrentSkipListMap<Long, Block> dirtyBlocks = new ConcurrentSkipListMap<>();
  private final AtomicInteger dirtyCount = new AtomicInteger();
  private final ReentrantLock writeBack = new ReentrantLock();

  BlockCache(BlockDevice device, int blockSize, long bytes) {
    this.device = device;
    this.blockSize = blockSize;
    this.capacity = (int) Math.min(Math.max(bytes / blockSize, 64), 1 << 24);
  }

  /** The bytes of a block, read from the device if need be; not to be changed. */
  byte[] read(long number) throws IOException {
    while (true) {
      Block block = get(number);
      if (block.loaded || load(block)) {
        return block.data;
      }
    }
  }

  /** The bytes of a block if they are in memory. */
  byte @Nullable [] peek(long number) {
    Block block = blocks.get(number);
    if (block == null || !block.loaded) {
      return null;
    }
    block.referenced = true;
    return block.data;
  }

  /** Changes a block. */
  void modify(long number, Edit edit) throws IOException {
    modify(number, false, WriteOrder.REST, edit);
  }

  /** Changes a block that is to be written before others. */
  void modify(long number, WriteOrder order, Edit edit) throws IOException {
    modify(number, false, order, edit);
  }

  /** Changes a block whose old contents do not matter: the edit finds zeros. */
  void overwrite(long number, Edit edit) throws IOException {
    modify(number, true, WriteOrder.REST, edit);
  }

  /** The same for a block of metadata that was allocated just now. */
  void create(long number, Edit edit) throws IOException {
    modify(number, true, WriteOrder.FIRST, edit);
  }

  private void modify(long number, boolean fromZeros, WriteOrder order, Edit edit)
      throws IOException {
    while (true) {
      Block block = get(number);
      synchronized (block) {
        if (block.evicted) {
          continue;
        }
        if (fromZeros && block.loaded) {
          Arrays.fill(block.data, (byte) 0);
        }
        if (!block.loaded && !fromZeros) {
          load(block);
        }
        edit.apply(block.data);
        block.loaded = true;
        block.order = order.compareTo(block.order) < 0 ? order : block.order;
        if (!block.dirty) {
          block.dirty = true;
          dirtyBlocks.put(number, block);
          dirtyCount.incrementAndGet();
        }
        return;
      }
    }
  }

  private Block get(long number) {
    Block block = blocks.get(number);
    if (block != null) {
      block.referenced = true;
      return block;
    }
    Block fresh = new Block(number, blockSize);
    Block other = blocks.putIfAbsent(number, fresh);
    if (other != null) {
      return other;
    }
    added(fresh);
    return fresh;
  }

  private void added(Block block) {
    count.incrementAndGet();
    clock.add(block);
    queued.incrementAndGet();
    reclaim();
  }

  /** Fills a block from the device; false if it has left the cache meanwhile. */
  private boolean load(Block block) throws IOException {
    synchronized (block) {
      if (block.evicted) {
        return false;
      }
      if (!block.loaded) {
        boolean done = false;
        try {
          device.read(block.number * blockSize, ByteBuffer.wrap(block.data));
          done = true;
        } finally {
          if (done) {
            block.loaded = true;
          } else {
            evict(block);
          }
        }
      }
      return true;
    }
  }

  /**
   * Brings neighbouring blocks in with one read. The caller's locks must keep all of them from
   * being changed.
   */
  void prefetch(long first, int n) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(n * blockSize);
    device.read(first * blockSize, buffer);
    for (int i = 0; i < n; i++) {
      long number = first + i;
      if (!blocks.containsKey(number)) {
        Block block = new Block(number, blockSize);
        buffer.get(i * blockSize, block.data);
        block.loaded = true;
        if (blocks.putIfAbsent(number, block) == null) {
          added(block);
        }
      }
    }
  }

  /** Drops a block, changes included: it was freed or is about to be overwritten directly. */
  @SuppressWarnings("LockNotBeforeTry") // taken to wait, nothing is done under it
  void forget(long number) {
    Block block = blocks.get(number);
    if (block == null) {
      return;
    }
    boolean wait;
    synchronized (block) {
      if (block.evicted) {
        return;
      }
      evict(block);
      if (block.dirty) {
        block.dirty = false;
        dirtyBlocks.remove(number, block);
        dirtyCount.decrementAndGet();
      }
      wait = block.writing;
    }
    if (wait) { // or the old bytes would land on top of what the block's next owner writes
      writeBack.lock();
      writeBack.unlock();
    }
  }

  /** With the block's monitor held. */
  private void evict(Block block) {
    block.evicted = true;
    if (blocks.remove(block.number, block)) {
      count.decrementAndGet();
    }
  }

  private void reclaim() {
    for (int i = 0; i < CLOCK_STEPS; i++) {
      boolean full = count.get() > capacity;
      if (!full && queued.get() <= 2 * capacity) {
        return;
      }
      Block block = clock.poll();
      if (block == null) {
        return;
      }
      queued.decrementAndGet();
      synchronized (block) {
        if (block.evicted) {
          continue;
        }
        if (full && block.loaded && !block.dirty && !block.writing && !block.referenced) {
          evict(block);
          continue;
        }
        block.referenced = false;
      }
      clock.add(block);
      queued.incrementAndGet();
    }
  }

  /** Whether so much is dirty that clean blocks become few. */
  boolean isCrowded() {
    return dirtyCount.get() > capacity / 2;
  }

  /** Writes back if so much is dirty that clean blocks become few. */
  void balance() throws IOException {
    int dirty = dirtyCount.get();
    if (dirty > capacity / 4 * 3) {
      writeBack();
    } else if (dirty > capacity / 2 && writeBack.tryLock()) {
      try {
        writeBack();
      } finally {
        writeBack.unlock();
      }
    }
  }

  boolean hasDirty() {
    return dirtyCount.get() > 0;
  }

  /** Writes every dirty block to the device; does not flush it. */
  void writeBack() throws IOException {
    writeBack.lock();
    try {
      writeUpTo(WriteOrder.DIRECTORIES);
      write(WriteOrder.REST);
    } finally {
      writeBack.unlock();
    }
  }

  /**
   * Writes the dirty blocks up to this order, with a barrier behind each. On a device whose flushes
   * are atomic there is no order.
   */
  void writeUpTo(WriteOrder last) throws IOException {
    if (device.flushIsAtomic()) {
      return;
    }
    writeBack.lock();
    try {
      for (WriteOrder order : WriteOrder.values()) {
        if (order.compareTo(last) <= 0 && write(order)) {
          device.flush();
        }
      }
    } finally {
      writeBack.unlock();
    }
  }

  /** Writes the dirty blocks of an order and of those before; whether there were any. */
  private boolean write(WriteOrder order) throws IOException {
    boolean any = false;
    List<Block> run = new ArrayList<>();
    int wanted = Math.clamp(dirtyCount.get(), 1, Math.max(1, MAX_WRITE / blockSize));
    ByteBuffer staging = ByteBuffer.allocate(wanted * blockSize);
    for (Block block : dirtyBlocks.values()) {
      boolean adjacent = !run.isEmpty() && run.get(run.size() - 1).number + 1 == block.number;
      if (!run.isEmpty() && (!adjacent || staging.remaining() < blockSize)) {
        write(run, staging);
      }
      stage(block, order, run, staging);
      any |= !run.isEmpty();
    }
    if (!run.isEmpty()) {
      write(run, staging);
    }
    return any;
  }

  private void stage(Block block, WriteOrder order, List<Block> run, ByteBuffer staging) {
    synchronized (block) {
      if (block.dirty && block.order.compareTo(order) <= 0) {
        staging.put(block.data);
        block.dirty = false;
        block.order = WriteOrder.REST;
        block.writing = true;
        dirtyBlocks.remove(block.number, block);
        dirtyCount.decrementAndGet();
        run.add(block);
      }
    }
  }

  /** Writes to the device past the cache, which must not hold these blocks. */
  void writeDirectly(long number, ByteBuffer data) throws IOException {
    try {
      device.write(number * blockSize, data);
    } catch (DeviceFullException e) {
      throw new Ext2Exception(Ext2Exception.Reason.ENOSPC, e.toString());
    }
  }

  private void write(List<Block> run, ByteBuffer staging) throws IOException {
    boolean done = false;
    try {
      writeDirectly(run.get(0).number, staging.flip());
      done = true;
    } finally {
      for (Block block : run) {
        synchronized (block) {
          block.writing = false;
          if (!done && !block.evicted && !block.dirty) {
            block.dirty = true;
            dirtyBlocks.put(block.number, block);
            dirtyCount.incrementAndGet();
          }
        }
      }
      run.clear();
      staging.clear();
    }
  }
}
