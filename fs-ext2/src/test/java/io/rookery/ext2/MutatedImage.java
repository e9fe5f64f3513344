package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.layout.LittleEndian;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A volume, and copies of it that cost nothing but what is changed in them. What is changed are the
 * volume's own structures: those that are read when the volume is mounted, directories are listed,
 * attributes are read, and holes are looked for.
 */
final class MutatedImage {
  private static final int UNIT = 1024;
  private static final long MAX_CHANGED = 4 << 20;

  private final BlockDevice base;

  /** Where each kind of structure is, in units of 1 KiB. */
  private final Map<String, long[]> places = new TreeMap<>();

  private final List<String> kinds;

  MutatedImage(byte[] image) throws IOException {
    this.base = HostileImages.device(image);
    Recorder recorder = new Recorder(base);
    // Reads nothing ahead that does not fit a small cache.
    MountOptions options = MountOptions.readOnly().withCacheBytes(1 << 20);
    try (Ext2FileSystem fs = Ext2FileSystem.open(recorder, options)) {
      recorder.kind("mount"); // descriptors, the root's inode
      walk(fs, fs.root(), recorder);
    }
    recorder.places.get("mount").add((long) SuperblockLayout.OFFSET / UNIT);
    recorder.places.values().removeIf(Set::isEmpty);
    recorder.places.forEach(
        (kind, units) -> places.put(kind, units.stream().mapToLong(Long::longValue).toArray()));
    kinds = new ArrayList<>(places.keySet());
  }

  /** What kinds of structures there are, and in how many KiB. */
  @Override
  public String toString() {
    Map<String, Integer> counts = new TreeMap<>();
    places.forEach((kind, units) -> counts.put(kind, units.length));
    return counts.toString();
  }

  private static void walk(Ext2FileSystem fs, Ext2Inode inode, Recorder recorder)
      throws IOException {
    recorder.kind("xattrs");
    for (byte[] name : fs.listXattr(inode)) {
      fs.getXattr(inode, name);
    }
    switch (inode.type()) {
      case REGULAR -> {
        recorder.kind("maps");
        for (long at = 0; at >= 0 && at < inode.size(); ) {
          long hole = fs.seekHole(inode, at);
          at = hole < inode.size() ? fs.seekData(inode, hole) : -1;
        }
      }
      case DIRECTORY -> {
        recorder.kind("directories");
        List<String> names = Volumes.names(fs, inode);
        names.removeAll(List.of(".", ".."));
        for (String name : names) {
          recorder.kind("inodes");
          Ext2Inode child = fs.lookup(inode, bytes(name));
          if (child != null) {
            child.attributes();
            walk(fs, child, recorder);
          }
        }
      }
      default -> {}
    }
  }

  /** A copy with some damage. */
  BlockDevice mutated(Random random) throws IOException {
    BlockDevice device = BlockDevices.memoryOverlay(base, MAX_CHANGED);
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      long[] units = places.get(kinds.get(random.nextInt(kinds.size())));
      long at = units[random.nextInt(units.length)] * UNIT + random.nextInt(UNIT);
      if (random.nextBoolean()) {
        at &= -4; // numbers are aligned
      }
      byte[] number = new byte[Math.min(4, (int) (device.size() - at))];
      device.read(at, ByteBuffer.wrap(number));
      int length = mutate(number, random, device);
      device.write(at, ByteBuffer.wrap(number, 0, Math.min(length, number.length)));
    }
    return device;
  }

  /** Changes the first bytes of four; returns how many. */
  private static int mutate(byte[] number, Random random, BlockDevice device) throws IOException {
    byte[] made = new byte[4];
    int length = 1 << random.nextInt(3);
    switch (random.nextInt(7)) {
      case 0 -> {
        number[0] ^= (byte) (1 << random.nextInt(8));
        return 1;
      }
      case 1 -> random.nextBytes(made);
      case 2 -> LittleEndian.put32(made, 0, -1);
      case 3 -> LittleEndian.put32(made, 0, random.nextInt(1100)); // a block, an inode, a length
      case 4 -> LittleEndian.put32(made, 0, 1 << random.nextInt(32));
      case 5 -> {
        if (number.length == 4) { // a little more, or less
          LittleEndian.put32(made, 0, LittleEndian.i32(number, 0) + random.nextInt(33) - 16);
        }
        length = 4;
      }
      default -> { // what stands somewhere else
        long from = random.nextInt((int) device.size() - 4) & ~3;
        device.read(from, ByteBuffer.wrap(made));
        length = 4;
      }
    }
    System.arraycopy(made, 0, number, 0, Math.min(length, number.length));
    return length;
  }

  /** Notes which parts are read. */
  private static final class Recorder implements BlockDevice {
    private final BlockDevice device;
    final Map<String, Set<Long>> places = new TreeMap<>();
    private final Set<Long> seen = new TreeSet<>();
    private Set<Long> current = new TreeSet<>();

    Recorder(BlockDevice device) {
      this.device = device;
      kind("mount");
    }

    void kind(String name) {
      current = places.computeIfAbsent(name, _ -> new TreeSet<>());
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
      for (long at = offset / UNIT; at * UNIT < offset + dst.remaining(); at++) {
        if (seen.add(at)) {
          current.add(at);
        }
      }
      device.read(offset, dst);
    }

    @Override
    public long size() {
      return device.size();
    }

    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public boolean readOnly() {
      return true;
    }

    @Override
    public void write(long offset, ByteBuffer src) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void discard(long offset, long length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
