package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where directories and what is in them go. */
class AllocationTest {
  private static final int DIRECTORIES = 8;

  @TempDir Path folder;

  /** Eight groups, and inode numbers of directories below the root with a file in each. */
  private List<Long> fill(boolean packed) throws IOException {
    BlockDevice device = Volumes.formatted(64 << 20, 1024);
    List<Long> numbers = new ArrayList<>();
    try (Ext2FileSystem fs =
        Ext2FileSystem.open(device, MountOptions.readWrite().withPacked(packed))) {
      for (int i = 0; i < DIRECTORIES; i++) {
        Ext2Inode dir = fs.mkdir(fs.root(), bytes("d" + i), 0755, 0, 0);
        Ext2Inode file = fs.create(dir, bytes("f"), 0644, 0, 0);
        fs.write(file, 0, ByteBuffer.allocate(5000));
        numbers.add(dir.number());
        numbers.add(file.number());
      }
    }
    Volumes.assertClean(device, folder);
    return numbers;
  }

  @Test
  void treesHaveRoomToGrow() throws IOException {
    List<Long> numbers = fill(false);
    for (int i = 2; i < numbers.size(); i += 2) {
      long before = numbers.get(i - 2);
      assertEquals(numbers.get(i) + 1, numbers.get(i + 1), "a file is next to its directory");
      assertTrue(Math.abs(numbers.get(i) - before) > 100, "another group: " + numbers);
    }
  }

  @Test
  void packedTreesAreNextToEachOther() throws IOException {
    List<Long> numbers = fill(true);
    for (int i = 1; i < numbers.size(); i++) {
      assertEquals(numbers.get(i - 1) + 1, numbers.get(i));
    }
  }
}
