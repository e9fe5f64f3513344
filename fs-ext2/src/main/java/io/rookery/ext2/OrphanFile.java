package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.OrphanFileLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The file in which ext4 notes inodes without names that are still in use (orphan_file). What a
 * crash left there is read; nothing is ever noted there, since {@link Orphans} is as good.
 */
final class OrphanFile {
  private final Volume volume;
  private final Ext2Inode file;
  private final int end;

  OrphanFile(Volume volume) throws IOException {
    this.volume = volume;
    this.file =
        volume.inodes().get(u32(volume.superblock().raw(), SuperblockLayout.ORPHAN_FILE_INODE));
    this.end = volume.geometry().blockSize() - OrphanFileLayout.TAIL_SIZE;
    if (file.type() != FileType.REGULAR) {
      throw Ext2Exception.corrupt("orphan file", 0, file.type(), "a regular file");
    }
  }

  private long blocks() {
    return file.size() / volume.geometry().blockSize();
  }

  private long blockAt(long index) throws IOException {
    long block = volume.map().get(file, index, 1).physical();
    if (block == 0) {
      throw Ext2Exception.corrupt("orphan file", index, "a hole", "a block");
    }
    return block;
  }

  private int checksum(long block, byte[] data) {
    Geometry geometry = volume.geometry();
    int seed = Checksums.inodeSeed(geometry.checksumSeed(), file.number(), file.raw());
    return Checksums.orphans(seed, block, data, end);
  }

  /** The inodes that are noted. */
  Set<Long> read() throws IOException {
    Set<Long> found = new LinkedHashSet<>();
    for (long index = 0; index < blocks(); index++) {
      long block = blockAt(index);
      byte[] data = volume.cache().read(block).clone();
      if (i32(data, end) != OrphanFileLayout.MAGIC_VALUE
          || (volume.geometry().checksums()
              && i32(data, end + OrphanFileLayout.CHECKSUM) != checksum(block, data))) {
        throw Ext2Exception.corrupt(
            "orphan file", index, "a wrong magic number or checksum", "the block's");
      }
      for (int at = 0; at < end; at += Integer.BYTES) {
        if (i32(data, at) != 0) {
          found.add(u32(data, at));
        }
      }
    }
    return found;
  }

  /** Empties the file. */
  void clear() throws IOException {
    for (long index = 0; index < blocks(); index++) {
      long block = blockAt(index);
      volume
          .cache()
          .create(
              block,
              data -> {
                put32(data, end, OrphanFileLayout.MAGIC_VALUE);
                if (volume.geometry().checksums()) {
                  put32(data, end + OrphanFileLayout.CHECKSUM, checksum(block, data));
                }
              });
    }
  }
}
