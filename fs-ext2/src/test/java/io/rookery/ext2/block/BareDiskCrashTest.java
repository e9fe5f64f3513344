package io.rookery.ext2.block;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.E2fsprogs;
import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.InMemory;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.RenameMode;
import io.rookery.ext2.Volumes;
import io.rookery.ext2.testing.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power is cut at each write to a disk without a journal, which loses writes and reorders them.
 * e2fsck -p repairs what is left, without a question; after it every file is there that had been
 * synced, and not been changed since.
 */
class BareDiskCrashTest {
  private static final int SIZE = 8 << 20;
  private static final int SEQUENCES = Volumes.full() ? 50 : 2;

  @TempDir(factory = InMemory.class)
  Path folder;

  private int cuts;
  private int repaired;
  private final List<String> questions = new ArrayList<>();

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
        "%d power cuts: %d volumes repaired, %d of them only after questions%n",
        cuts, repaired, questions.size());
    assertTrue(repaired > 10 * SEQUENCES, repaired + " volumes repaired");
    assertEquals(List.of(), questions);
  }

  private interface Session {
    void run(Ext2FileSystem fs) throws IOException;
  }

  /** Cuts the power at each write of a session behind what was synced before. */
  private void cut(Session before, Session session) throws IOException {
    BlockDevice made = BlockDevices.memory(SIZE);
    Ext2.format(made, Volumes.FIXED.withBlockSize(1024));
    try (Ext2FileSystem fs = Ext2FileSystem.open(made, MountOptions.readWrite())) {
      before.run(fs);
    }
    CrashStorage storage = CrashStorage.holding(DeviceBytes.read(made, 0, SIZE));
    int first = storage.events();
    try (Ext2FileSystem fs =
        Ext2FileSystem.open(new CrashDisk(storage, 1024), MountOptions.readWrite())) {
      session.run(fs);
    }
    Set<Integer> seen = new HashSet<>();
    for (int event = first; event <= storage.events(); event++) {
      for (int i = 0; i < (Volumes.full() ? 20 : 3); i++) {
        byte[] left = storage.after(event, CrashStorage.Loss.SOME_WRITES, new Random(i));
        if (seen.add(Arrays.hashCode(left))) {
          repair(left, "event " + event);
        }
      }
    }
    System.out.println(repaired + " volumes repaired");
    assertEquals(List.of(), questions);
  }

  private static Ext2Inode directory(Ext2FileSystem fs, String path) throws IOException {
    Ext2Inode at = fs.root();
    for (String name : path.split("/", -1)) {
      Ext2Inode next = fs.lookup(at, bytes(name));
      at = next != null ? next : fs.mkdir(at, bytes(name), 0755, 0, 0);
    }
    return at;
  }

  /** So that a block has room for few of them. */
  private static byte[] name(int i) {
    return bytes("a-long-name-".repeat(10) + i);
  }

  private static void fill(Ext2FileSystem fs, String path, int from, int to) throws IOException {
    Ext2Inode dir = directory(fs, path);
    for (int i = from; i < to; i++) {
      Ext2Inode file = fs.create(dir, name(i), 0644, 0, 0);
      fs.write(file, 0, ByteBuffer.wrap(name(i))); // of an empty one e2fsck asks nothing
    }
  }

  private static void move(Ext2FileSystem fs, String from, int i, String to, int j)
      throws IOException {
    fs.rename(directory(fs, from), name(i), directory(fs, to), name(j), RenameMode.REPLACE);
  }

  @Test
  void filesMoveBothWays() throws IOException {
    cut(
        fs -> {
          fill(fs, "a", 0, 20);
          fill(fs, "b", 20, 40);
        },
        fs -> {
          for (int i = 0; i < 10; i++) {
            move(fs, "a", i, "b", i);
            move(fs, "b", 20 + i, "a", 20 + i);
          }
        });
  }

  @Test
  void filesGetOtherNamesAndTheseGoToOthers() throws IOException {
    cut(
        fs -> fill(fs, "a", 0, 30),
        fs -> {
          for (int i = 0; i < 29; i++) {
            move(fs, "a", i, "a", i < 10 ? 100 + i : i + 1);
            fs.create(directory(fs, "a"), name(i), 0644, 0, 0);
          }
        });
  }

  @Test
  void aDirectoryGoesFromWhichFilesMoved() throws IOException {
    cut(
        fs -> {
          fill(fs, "a", 0, 5);
          fill(fs, "b", 5, 10);
          fill(fs, "c", 10, 11);
        },
        fs -> {
          for (int i = 0; i < 10; i++) {
            move(fs, i < 5 ? "a" : "b", i, "c", i);
          }
          fs.rmdir(fs.root(), bytes("a"));
        });
  }

  @Test
  void filesWithSeveralNamesLoseSome() throws IOException {
    cut(
        fs -> {
          fill(fs, "a", 0, 10);
          fill(fs, "b", 10, 20);
        },
        fs -> {
          Ext2Inode a = directory(fs, "a");
          Ext2Inode b = directory(fs, "b");
          for (int i = 0; i < 10; i++) {
            Ext2Inode file = fs.lookup(a, name(i));
            assertNotNull(file);
            fs.link(b, name(i), file);
            if (i < 5) {
              fs.unlink(a, name(i));
            } else {
              move(fs, "b", 5 + i, "a", i);
            }
            fs.create(a, name(50 + i), 0644, 0, 0);
          }
        });
  }

  @Test
  void newDirectoriesInNewOnes() throws IOException {
    cut(
        fs -> fill(fs, "a", 0, 200), // so that inodes are in many blocks
        fs -> {
          for (int i = 0; i < 12; i++) {
            fill(fs, "x" + i % 3 + "/y/z/d" + i, 0, 4);
          }
        });
  }

  /** The names have to be written at once, for the sake of one that moved away. */
  @Test
  void newDirectoriesWhereFilesMovedAway() throws IOException {
    cut(
        fs -> fill(fs, "a", 0, 10),
        fs -> {
          for (int i = 0; i < 5; i++) {
            move(fs, "a", i, "b", i);
            fs.mkdir(directory(fs, "a"), bytes("new" + i), 0755, 0, 0);
          }
        });
  }

  @Test
  void aDirectoryGrows() throws IOException {
    cut(fs -> fill(fs, "a", 0, 3), fs -> fill(fs, "a", 3, 40));
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
          session.assertKeeps(repair(left, "event " + event + ", " + loss), event);
        }
      }
    }
  }

  /** What e2fsck makes of it, without questions if it can. */
  private BlockDevice repair(byte[] left, String when) throws IOException {
    Path image = folder.resolve("check.img");
    Files.write(image, left);
    E2fsprogs.Result alone = E2fsprogs.run("e2fsck", "-fp", image.toString());
    repaired++;
    if (alone.status() > 1) {
      questions.add(when + ": " + alone.output());
      E2fsprogs.Result answered = E2fsprogs.run("e2fsck", "-fy", image.toString());
      assertTrue(answered.status() <= 1, answered.output());
    }
    E2fsprogs.assertClean(image);
    BlockDevice device = BlockDevices.memory(SIZE);
    device.write(0, ByteBuffer.wrap(Files.readAllBytes(image)));
    return device;
  }
}
