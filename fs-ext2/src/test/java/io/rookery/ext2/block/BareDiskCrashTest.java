package io.rookery.ext2.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.E2fsprogs;
import io.rookery.ext2.Ext2;
import io.rookery.ext2.Volumes;
import io.rookery.ext2.testing.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at each write to a disk without a journal, which loses writes and reorders them.
 * e2fsck -p repairs what is left, but for a few cases (directories that are new themselves, moves
 * between directories); after it every file is there that had been synced, and not been changed
 * since.
 */
class BareDiskCrashTest {
  private static final int SIZE = 8 << 20;
  private static final int SEQUENCES = Volumes.full() ? 50 : 2;

  @TempDir(factory = InMemory.class)
  Path folder;

  private int cuts;
  private int repaired;
  private int asked;

  @Test
  void whatWasSyncedIsThereAfterTheRepair() throws IOException {
    for (int seed = 0; seed < SEQUENCES; seed++) {
      Random random = new Random(seed);
      BlockDevice made = BlockDevices.memory(SIZE);
      Ext2.format(made, Volumes.FIXED.withBlockSize(1024 << random.nextInt(3)));
      CrashStorage storage = CrashStorage.holding(DeviceBytes.read(made, 0, SIZE));
      int first = storage.events();
      CrashSession session = new CrashSession(random, storage::events);
      session.run(new CrashDisk(storage), () -> {});
      cutAnywhere(session, storage, first, new Random(seed));
    }
    System.out.printf(
        "%d power cuts: %d volumes, %d repaired by e2fsck -p, %d after questions%n",
        cuts, repaired + asked, repaired, asked);
    assertTrue(repaired > 10 * SEQUENCES, repaired + " volumes repaired");
    assertTrue(asked * 25 < repaired, asked + " volumes with questions, of " + repaired);
  }

  private void cutAnywhere(CrashSession session, CrashStorage storage, int first, Random random)
      throws IOException {
    Set<Integer> seen = new HashSet<>();
    int step = Volumes.full() ? 1 : 5;
    for (int event = first + random.nextInt(step); event <= storage.events(); event += step) {
      for (CrashStorage.Loss loss : CrashStorage.Loss.values()) {
        cuts++;
        byte[] left = storage.after(event, loss, random);
        if (seen.add(Arrays.hashCode(left))) {
          check(left, session, event);
        }
      }
    }
  }

  private void check(byte[] left, CrashSession session, int event) throws IOException {
    Path image = folder.resolve("check.img");
    Files.write(image, left);
    if (E2fsprogs.run("e2fsck", "-fp", image.toString()).status() <= 1) {
      repaired++;
    } else {
      asked++;
      E2fsprogs.Result answered = E2fsprogs.run("e2fsck", "-fy", image.toString());
      assertTrue(answered.status() <= 1, answered.output());
    }
    E2fsprogs.assertClean(image);
    BlockDevice device = BlockDevices.memory(SIZE);
    device.write(0, ByteBuffer.wrap(Files.readAllBytes(image)));
    session.assertKeeps(device, event);
  }
}
