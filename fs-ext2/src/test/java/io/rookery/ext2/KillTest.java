package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed with SIGKILL while it writes to a disk. */
class KillTest {
  @TempDir Path folder;

  @Test
  void whatWasSyncedIsThereAfterAKill() throws Exception {
    Path image = folder.resolve("image");
    try (BlockDevice device = BlockDevices.createFile(image, 16 << 20)) {
      Ext2.format(device, Volumes.FIXED);
    }
    byte[] before = Files.readAllBytes(image);
    int rounds = Volumes.full() ? 500 : 4;
    for (int round = 0; round < rounds; round++) {
      Path overlay = folder.resolve("overlay" + round % 3); // used ones as well as new ones
      int safe = killWriter(round, image, overlay);
      try (BlockDevice base = BlockDevices.openFileReadOnly(image);
          BlockDevice device = BlockDevices.fileOverlay(base, overlay)) {
        check(device, safe);
      }
    }
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void whatWasSyncedIntoAJournaledFileIsThereAfterAKill() throws Exception {
    Path image = folder.resolve("image");
    try (BlockDevice device = BlockDevices.createFile(image, 16 << 20)) {
      Ext2.format(device, Volumes.FIXED);
    }
    int rounds = Volumes.full() ? 500 : 3;
    for (int round = 0; round < rounds; round++) {
      int safe = killWriter(round, image);
      try (BlockDevice device = BlockDevices.openFileReadOnly(image)) {
        check(device, safe);
      }
    }
  }

  /** Lets a writer go on until some syncs are done; returns the last file known to be safe. */
  private static int killWriter(int round, Path... files) throws Exception {
    int syncs = new Random(round).nextInt(60);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                WriteInChild.class.getName()));
    for (Path file : files) {
      command.add(file.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String last = lines.readLine();
      assertNotNull(last);
      for (int i = 0; i < syncs; i++) {
        String next = lines.readLine();
        assertNotNull(next);
        last = next;
      }
      process.toHandle().destroyForcibly(); // Process.destroyForcibly would close the stream
      process.waitFor();
      for (String next = lines.readLine(); next != null; next = lines.readLine()) {
        last = next.isEmpty() ? last : next;
      }
      return Integer.parseInt(last);
    }
  }

  private static String classPath() {
    return folderOf(Ext2.class)
        + File.pathSeparator
        + folderOf(KillTest.class)
        + File.pathSeparator
        + System.getProperty("java.class.path")
        + File.pathSeparator
        + System.getProperty("jdk.module.path", "");
  }

  private static Path folderOf(Class<?> type) {
    String file = String.valueOf(type.getResource(type.getSimpleName() + ".class"));
    return Path.of(file.replace("file:", "")).resolve("../../../..").normalize();
  }

  private void check(BlockDevice device, int safe) throws IOException {
    Volumes.assertClean(device, folder);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      assertTrue(fs.info().cleanAtMount());
      // Later files may have replaced some of the 40 names, with their own contents.
      for (int i = Math.max(0, safe - 34); i <= safe; i++) {
        Ext2Inode file = fs.lookup(fs.root(), bytes("file" + i % 40));
        assertNotNull(file, "file " + i);
        byte[] data = Volumes.readAll(fs, file);
        assertTrue(
            Arrays.equals(WriteInChild.contents(i), data)
                || Arrays.equals(WriteInChild.contents(i + 40), data),
            "file " + i);
      }
    }
  }
}
