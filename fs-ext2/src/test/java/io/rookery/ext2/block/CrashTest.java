package io.rookery.ext2.block;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.RenameMode;
import io.rookery.ext2.Volumes;
import io.rookery.ext2.testing.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at each write to an overlay's file while a file system is in use, and what was
 * not forced is lost in whole, in part, or not: the overlay opens, e2fsck has nothing to say, and
 * the volume is exactly what it was at the last sync, or at the one that was going on.
 */
class CrashTest {
  private static final int SIZE = 8 << 20;
  private static final int NAMES = 12;

  @TempDir Path folder;

  /** What a sync has made durable: from which event on it may be there, and must be. */
  private record Synced(int begun, int done, Map<String, byte[]> files) {}

  /** A session, and what is left of it. */
  private static final class Session {
    final BlockDevice base = BlockDevices.memory(SIZE);
    final CrashStorage storage = new CrashStorage(new byte[0]);
    final List<Synced> syncs = new ArrayList<>();
    final Map<String, byte[]> files = new TreeMap<>();
    final Random random;

    Session(long seed) throws IOException {
      random = new Random(seed);
      Ext2.format(base, Volumes.FIXED.withBlockSize(1024 << random.nextInt(3)));
      MountOptions options =
          MountOptions.readWrite().withCacheBytes(1 << 20).withDiscard(random.nextBoolean());
      try (BlockDevice overlay = FileOverlay.open(base, storage, false)) {
        syncs.add(new Synced(0, 0, Map.of()));
        Ext2FileSystem fs = Ext2FileSystem.open(overlay, options);
        int operations = 20 + random.nextInt(21);
        for (int i = 0; i < operations; i++) {
          change(fs);
          if (random.nextInt(4) == 0) {
            sync(fs);
          }
        }
        int begun = storage.events();
        fs.close();
        syncs.add(new Synced(begun, storage.events(), new HashMap<>(files)));
      }
    }

    private void sync(Ext2FileSystem fs) throws IOException {
      int begun = storage.events();
      fs.sync();
      syncs.add(new Synced(begun, storage.events(), new HashMap<>(files)));
    }

    private void change(Ext2FileSystem fs) throws IOException {
      String name = "file" + random.nextInt(NAMES);
      Ext2Inode file = fs.lookup(fs.root(), bytes(name));
      switch (file == null ? 0 : 1 + random.nextInt(4)) {
        case 0, 1 -> {
          if (file == null) {
            file = fs.create(fs.root(), bytes(name), 0644, 0, 0);
          }
          byte[] old = files.getOrDefault(name, new byte[0]);
          int at = random.nextInt(old.length + 5000);
          byte[] data =
              DeviceBytes.random(
                  1 + random.nextInt(random.nextInt(3) == 0 ? 300_000 : 6000), random.nextLong());
          fs.write(file, at, ByteBuffer.wrap(data));
          byte[] now = Arrays.copyOf(old, Math.max(old.length, at + data.length));
          System.arraycopy(data, 0, now, at, data.length);
          files.put(name, now);
        }
        case 2 -> {
          byte[] old = files.get(name);
          int length = random.nextInt(old.length + 1);
          fs.truncate(file, length);
          files.put(name, Arrays.copyOf(old, length));
        }
        case 3 -> {
          fs.unlink(fs.root(), bytes(name));
          files.remove(name);
        }
        default -> {
          String other = "file" + random.nextInt(NAMES);
          fs.rename(fs.root(), bytes(name), fs.root(), bytes(other), RenameMode.REPLACE);
          files.put(other, files.get(name));
          if (!other.equals(name)) {
            files.remove(name);
          }
        }
      }
    }
  }

  @Test
  void theLastSyncIsThereAfterAPowerCutAnywhere() throws IOException {
    int sequences = Volumes.full() ? 50 : 2;
    int cuts = 0;
    for (int seed = 0; seed < sequences; seed++) {
      cuts += cutAnywhere(new Session(seed), new Random(seed), Volumes.full() ? 1 : 3);
    }
    System.out.println(cuts + " power cuts");
    assertTrue(cuts > 100 * sequences, cuts + " cuts");
  }

  private int cutAnywhere(Session session, Random random, int step) throws IOException {
    Set<Integer> checked = new HashSet<>();
    int cuts = 0;
    for (int event = random.nextInt(step); event <= session.storage.events(); event += step) {
      for (CrashStorage.Loss loss : CrashStorage.Loss.values()) {
        byte[] left = session.storage.after(event, loss, random);
        try (BlockDevice device = FileOverlay.open(session.base, new CrashStorage(left), false)) {
          byte[] view = DeviceBytes.read(device, 0, SIZE);
          if (checked.add(Arrays.hashCode(view))) {
            Volumes.assertClean(device, folder);
          }
          assertHolds(device, session, event);
        }
        cuts++;
      }
    }
    return cuts;
  }

  private static void assertHolds(BlockDevice device, Session session, int event)
      throws IOException {
    Synced last = session.syncs.getFirst();
    Synced going = last;
    for (Synced sync : session.syncs) {
      last = sync.done <= event ? sync : last;
      going = sync.begun <= event ? sync : going;
    }
    Map<String, byte[]> found = new TreeMap<>();
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      assertTrue(fs.info().cleanAtMount());
      for (int i = 0; i < NAMES; i++) {
        Ext2Inode file = fs.lookup(fs.root(), bytes("file" + i));
        if (file != null) {
          found.put("file" + i, Volumes.readAll(fs, file));
        }
      }
    }
    if (!same(last.files, found)) {
      assertTrue(same(going.files, found), "neither the last sync nor the one going on");
    }
  }

  private static boolean same(Map<String, byte[]> expected, Map<String, byte[]> found) {
    return expected.keySet().equals(found.keySet())
        && expected.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), found.get(e.getKey())));
  }
}
