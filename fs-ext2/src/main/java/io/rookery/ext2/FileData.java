package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The contents of regular files. Small transfers and parts of blocks go through the cache, long
 * runs of whole blocks straight between the caller's buffer and the device. The caller holds the
 * inode's lock, for writing where contents or map change.
 */
final class FileData {
  /** Whole blocks from this many bytes on bypass the cache. */
  private static final int DIRECT = 1 << 16;

  /** What a sequential reader's miss brings in. */
  private static final int READ_AHEAD = 1 << 16;

  private final Volume volume;
  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockDevice device;
  private final BlockMap map;
  private final InlineData inline;
  private final int blockSize;

  FileData(Volume volume, BlockMap map, InlineData inline) {
    this.volume = volume;
    this.inline = inline;
    this.geometry = volume.geometry();
    this.cache = volume.cache();
    this.device = volume.device();
    this.map = map;
    this.blockSize = geometry.blockSize();
  }

  int read(Ext2Inode file, long position, ByteBuffer dst) throws IOException {
    long size = file.size();
    if (position >= size || !dst.hasRemaining()) {
      return 0;
    }
    if (inline.isIn(file)) {
      byte[] contents = inline.read(file);
      int n = (int) Math.min(dst.remaining(), size - position);
      dst.put(contents, (int) position, n);
      return n;
    }
    int wanted = (int) Math.min(dst.remaining(), size - position);
    ByteBuffer part = dst.slice(dst.position(), wanted);
    boolean sequential = position == file.readAheadAt || position == 0;
    while (part.hasRemaining()) {
      long at = position + part.position();
      int offset = (int) (at % blockSize);
      int blocks = (int) (((long) offset + part.remaining() + blockSize - 1) / blockSize);
      BlockMap.Extent extent =
          map.get(
              file, at / blockSize, sequential ? Math.max(blocks, READ_AHEAD / blockSize) : blocks);
      long bytes = Math.min(part.remaining(), (long) extent.count() * blockSize - offset);
      if (extent.isHole()) {
        putZeros(part, (int) bytes);
      } else {
        readExtent(extent, offset, part.slice(part.position(), (int) bytes), sequential);
        part.position(part.position() + (int) bytes);
      }
    }
    dst.position(dst.position() + wanted);
    file.readAheadAt = position + wanted;
    return wanted;
  }

  private static void putZeros(ByteBuffer dst, int length) {
    int end = dst.position() + length;
    while (end - dst.position() >= Long.BYTES) {
      dst.putLong(0);
    }
    while (dst.position() < end) {
      dst.put((byte) 0);
    }
  }

  /** Reads from within an extent; it may be longer than what is wanted, for read-ahead. */
  private void readExtent(BlockMap.Extent extent, int offset, ByteBuffer dst, boolean sequential)
      throws IOException {
    long block = extent.physical();
    long end = block + extent.count();
    int from = offset;
    while (dst.hasRemaining()) {
      byte[] data = cache.peek(block);
      if (data == null && from == 0) {
        int run = absentRun(block, Math.min(end - block, dst.remaining() / blockSize));
        if ((long) run * blockSize >= DIRECT) {
          int bytes = run * blockSize;
          device.read(geometry.byteOffset(block), dst.slice(dst.position(), bytes));
          dst.position(dst.position() + bytes);
          block += run;
          continue;
        }
      }
      if (data == null) {
        int ahead = sequential ? READ_AHEAD / blockSize : dst.remaining() / blockSize + 1;
        int run = absentRun(block, Math.min(end - block, Math.max(1, ahead)));
        if (run > 1) {
          cache.prefetch(block, run);
        }
        data = cache.read(block);
      }
      int n = Math.min(dst.remaining(), blockSize - from);
      dst.put(data, from, n);
      from = 0;
      block++;
    }
  }

  private int absentRun(long block, long max) {
    int run = 0;
    while (run < max && cache.peek(block + run) == null) {
      run++;
    }
    return run;
  }

  /** Moves contents that are in the inode into a block: before anything of them changes. */
  private void moveOut(Ext2Inode file) throws IOException {
    if (!inline.isIn(file)) {
      return;
    }
    byte[] contents = inline.read(file);
    inline.moveOut(file, map, contents.length);
    if (contents.length > 0) {
      cache.overwrite(
          map.get(file, 0, 1).physical(),
          data -> System.arraycopy(contents, 0, data, 0, contents.length));
    }
  }

  int write(Ext2Inode file, long position, ByteBuffer src) throws IOException {
    moveOut(file);
    long max = map.maxSize(file);
    if (position >= max) {
      throw tooLarge(position, max);
    }
    if (position > file.size()) {
      clearTail(file);
    }
    int wanted = (int) Math.min(src.remaining(), max - position);
    ByteBuffer part = src.slice(src.position(), wanted);
    IOException failure = null;
    try {
      while (part.hasRemaining()) {
        volume.balance();
        writeSome(file, position + part.position(), part);
      }
    } catch (IOException e) {
      failure = e;
    }
    int done = part.position();
    if (done > 0) {
      src.position(src.position() + done);
      if (position + done > file.size()) {
        file.setSize(position + done);
      }
      file.touchContents();
    }
    if (failure != null) {
      trim(file);
      boolean full =
          failure instanceof Ext2Exception e && e.reason() == Ext2Exception.Reason.ENOSPC;
      if (done == 0 || !full) {
        throw failure;
      }
    }
    return done;
  }

  private static Ext2Exception tooLarge(long position, long max) {
    return new Ext2Exception(
        Ext2Exception.Reason.EFBIG, "byte %d of a file of at most %d".formatted(position, max));
  }

  /** Frees blocks behind the end of the file, as after a write that failed. */
  void trim(Ext2Inode file) throws IOException {
    map.free(file, blocksFor(file.size()), Long.MAX_VALUE);
  }

  private long blocksFor(long size) {
    return (size + blockSize - 1) / blockSize;
  }

  /** Writes part of a block, or whole ones that are neighbours. */
  private void writeSome(Ext2Inode file, long at, ByteBuffer part) throws IOException {
    long fileBlock = at / blockSize;
    int offset = (int) (at % blockSize);
    int whole = offset == 0 ? part.remaining() / blockSize : 0;
    BlockMap.Extent extent = map.get(file, fileBlock, Math.max(1, whole));
    boolean fresh = extent.isHole();
    if (fresh) {
      extent = map.add(file, fileBlock, extent.count());
    }
    long block = extent.physical();
    if (whole == 0) {
      int n = Math.min(part.remaining(), blockSize - offset);
      ByteBuffer bytes = take(part, n);
      BlockCache.Edit edit = data -> bytes.get(data, offset, n);
      if (fresh) {
        cache.overwrite(block, edit);
      } else {
        cache.modify(block, edit);
      }
    } else if (extent.count() * (long) blockSize >= DIRECT) {
      for (int i = 0; i < extent.count(); i++) {
        cache.forget(block + i);
      }
      ByteBuffer bytes = part.slice(part.position(), extent.count() * blockSize);
      cache.writeDirectly(block, bytes);
      part.position(part.position() + bytes.capacity());
    } else {
      for (int i = 0; i < extent.count(); i++) {
        ByteBuffer bytes = take(part, blockSize);
        cache.overwrite(block + i, data -> bytes.get(data));
      }
    }
  }

  private static ByteBuffer take(ByteBuffer buffer, int length) {
    ByteBuffer part = buffer.slice(buffer.position(), length);
    buffer.position(buffer.position() + length);
    return part;
  }

  /** Zeros the last block behind the end of the file, which is about to become visible. */
  private void clearTail(Ext2Inode file) throws IOException {
    long size = file.size();
    int used = (int) (size % blockSize);
    if (used == 0) {
      return;
    }
    BlockMap.Extent last = map.get(file, size / blockSize, 1);
    if (!last.isHole()) {
      zero(last.physical(), used, blockSize);
    }
  }

  private void zero(long block, int from, int to) throws IOException {
    cache.modify(block, data -> Arrays.fill(data, from, to, (byte) 0));
  }

  void truncate(Ext2Inode file, long size) throws IOException {
    moveOut(file);
    long max = map.maxSize(file);
    if (size > max) {
      throw tooLarge(size, max);
    }
    long old = file.size();
    if (size > old) {
      clearTail(file);
    }
    file.setSize(size);
    if (size < old) {
      map.free(file, blocksFor(size), Long.MAX_VALUE);
      clearTail(file);
    }
    file.touchContents();
  }

  void punchHole(Ext2Inode file, long position, long length) throws IOException {
    long end = Math.min(position + length, file.size());
    if (position >= end) {
      return;
    }
    moveOut(file);
    long first = (position + blockSize - 1) / blockSize;
    // A part of the last block counts as whole when the file ends in it.
    long last = end == file.size() ? blocksFor(end) : end / blockSize;
    if (first > last || (first == last && position / blockSize == end / blockSize)) {
      zeroRange(file, position, (int) (end - position));
      file.touchContents();
      return;
    }
    map.free(file, first, last); // first: there may be no room for one extent more
    if (position % blockSize != 0) {
      zeroRange(file, position, (int) (first * blockSize - position));
    }
    if (end > last * blockSize) {
      zeroRange(file, last * blockSize, (int) (end - last * blockSize));
    }
    file.touchContents();
  }

  /** Zeros bytes within one block, if it is mapped. */
  private void zeroRange(Ext2Inode file, long position, int length) throws IOException {
    BlockMap.Extent extent = map.get(file, position / blockSize, 1);
    if (!extent.isHole()) {
      int from = (int) (position % blockSize);
      zero(extent.physical(), from, from + length);
    }
  }

  void allocate(Ext2Inode file, long position, long length, boolean extend) throws IOException {
    moveOut(file);
    long end = position + length;
    long max = map.maxSize(file);
    if (end > max || end < 0) {
      throw tooLarge(end, max);
    }
    if (end > file.size()) {
      clearTail(file);
    }
    long last = blocksFor(extend ? end : Math.min(end, file.size()));
    long fileBlock = position / blockSize;
    boolean done = false;
    try {
      while (fileBlock < last) {
        fileBlock += map.reserve(file, fileBlock, (int) Math.min(last - fileBlock, DIRECT));
      }
      done = true;
    } finally {
      if (!done) {
        trim(file);
      }
    }
    if (extend && end > file.size()) {
      file.setSize(end);
    }
    file.touchContents();
  }

  /** The first position from here on that is data, or that is a hole; the file's end if none. */
  long seek(Ext2Inode file, long position, boolean data) throws IOException {
    long size = file.size();
    if (inline.isIn(file)) {
      return data ? position : size;
    }
    long at = position;
    while (at < size) {
      long fileBlock = at / blockSize;
      long left = blocksFor(size) - fileBlock;
      BlockMap.Extent extent = map.get(file, fileBlock, (int) Math.min(left, Integer.MAX_VALUE));
      if (extent.isHole() != data) {
        return at;
      }
      at = (fileBlock + extent.count()) * blockSize;
    }
    return size;
  }

  /** Writes a new symlink's target, unless it is in place of the block pointers already. */
  void writeTarget(Ext2Inode link, byte[] target) throws IOException {
    if (target.length >= InodeLayout.BLOCK_BYTES) {
      long block = map.add(link, 0, 1).physical();
      cache.create(block, data -> System.arraycopy(target, 0, data, 0, target.length));
    }
    link.setSize(target.length);
  }

  /** Reads a symlink's target. */
  byte[] readTarget(Ext2Inode link, boolean fast) throws IOException {
    if (inline.isIn(link)) {
      return inline.read(link);
    }
    int size = (int) link.size();
    if (fast) {
      if (size >= InodeLayout.BLOCK_BYTES) {
        throw Ext2Exception.corrupt(
            "i_size of symlink " + link,
            InodeLayout.SIZE,
            size,
            "under %d without a block".formatted(InodeLayout.BLOCK_BYTES));
      }
      byte[] raw = link.snapshot();
      return Arrays.copyOfRange(raw, InodeLayout.BLOCK, InodeLayout.BLOCK + size);
    }
    BlockMap.Extent extent = map.get(link, 0, 1);
    if (extent.isHole()) {
      throw Ext2Exception.corrupt("block of symlink " + link, 0, "none", "one");
    }
    return Arrays.copyOf(cache.read(extent.physical()), size);
  }
}
