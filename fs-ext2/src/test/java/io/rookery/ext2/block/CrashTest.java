package io.rookery.ext2.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.InMemory;
import io.rookery.ext2.Volumes;
import io.rookery.ext2.testing.DeviceBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at each write while a file system is in use, and what was not forced is lost in
 * whole, in part, or not: the disk opens, e2fsck has nothing to say, and the volume is exactly what
 * it was at the last sync, or at the one that was going on.
 */
class CrashTest {
  private static final int SIZE = 8 << 20;
  private static final int SEQUENCES = Volumes.full() ? 50 : 2;

  @TempDir(factory = InMemory.class)
  Path folder;

  /** Contents that e2fsck has seen already. */
  private final Set<Integer> checked = new HashSet<>();

  /** Makes what a power cut leaves, and opens it. */
  private interface Left {
    BlockDevice open(int event, CrashStorage.Loss loss, Random random) throws IOException;
  }

  private static BlockDevice formatted(Random random) throws IOException {
    BlockDevice device = BlockDevices.memory(SIZE);
    Ext2.format(device, Volumes.FIXED.withBlockSize(1024 << random.nextInt(3)));
    return device;
  }

  /** Cuts at every event from the first one on, or at every so many; returns how often. */
  private int cut(CrashSession session, int first, int end, int seed, int step, Left left)
      throws IOException {
    Random random = new Random(seed);
    checked.clear();
    int cuts = 0;
    for (int event = first + random.nextInt(step); event <= end; event += step) {
      for (CrashStorage.Loss loss : CrashStorage.Loss.values()) {
        try (BlockDevice device = left.open(event, loss, random)) {
          if (checked.add(Arrays.hashCode(DeviceBytes.read(device, 0, SIZE)))) {
            Volumes.assertClean(device, folder);
          }
          session.assertHolds(device, event);
        } catch (AssertionError e) {
          throw new AssertionError("sequence " + seed + ", event " + event + ", " + loss, e);
        }
        cuts++;
      }
    }
    return cuts;
  }

  @Test
  void anOverlayIsAtTheLastSyncAfterAPowerCutAnywhere() throws IOException {
    int cuts = 0;
    for (int seed = 0; seed < SEQUENCES; seed++) {
      Random random = new Random(seed);
      BlockDevice base = formatted(random);
      CrashStorage storage = new CrashStorage(new byte[0]);
      CrashSession session = new CrashSession(random, storage::events);
      try (BlockDevice overlay = FileOverlay.open(base, storage, false)) {
        session.run(overlay, () -> {});
      }
      cuts +=
          cut(
              session,
              0,
              storage.events(),
              seed,
              Volumes.full() ? 1 : 3,
              (event, loss, chance) ->
                  FileOverlay.open(
                      base, new CrashStorage(storage.after(event, loss, chance)), false));
    }
    System.out.println(cuts + " power cuts");
    assertTrue(cuts > 100 * SEQUENCES, cuts + " cuts");
  }

  /** As {@link JournaledFile} does: the journal is merged now and then, and after the cut. */
  @Test
  void aFileWithAJournalIsAtTheLastSyncAfterAPowerCutAnywhere() throws IOException {
    int cuts = 0;
    for (int seed = 0; seed < SEQUENCES; seed++) {
      Random random = new Random(seed);
      CrashStorage file = CrashStorage.holding(DeviceBytes.read(formatted(random), 0, SIZE));
      CrashStorage journal = new CrashStorage(file);
      CrashSession session = new CrashSession(random, file::events);
      int first = file.events();
      Random merges = new Random(seed);
      try (FileOverlay overlay = FileOverlay.open(new CrashDisk(file), journal, false)) {
        session.run(
            overlay,
            () -> {
              if (merges.nextBoolean()) {
                overlay.merge();
              }
            });
        overlay.merge();
      }
      cuts +=
          cut(
              session,
              first,
              file.events(),
              seed,
              Volumes.full() ? 1 : 5,
              (event, loss, chance) -> merged(file, journal, event, loss, chance));
    }
    System.out.println(cuts + " power cuts beside a journal");
    assertTrue(cuts > 100 * SEQUENCES, cuts + " cuts");
  }

  private static BlockDevice merged(
      CrashStorage file, CrashStorage journal, int event, CrashStorage.Loss loss, Random random)
      throws IOException {
    BlockDevice base = new CrashDisk(new CrashStorage(file.after(event, loss, random)));
    try (FileOverlay overlay =
        FileOverlay.open(base, new CrashStorage(journal.after(event, loss, random)), false)) {
      overlay.merge();
    }
    return base;
  }
}
