package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.Disk;
import io.rookery.DiskException;
import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks after a session of writes: what e2fsck and debugfs say, and what did not change. */
class DiskSessionTest {
  private static final String SESSION =
      """
      set -e
      mkdir -p /srv/session/deep/er
      seq 1 200000 > /srv/session/numbers
      for i in $(seq 300); do echo $i > /srv/session/deep/f$i; done
      for i in $(seq 1 3 300); do rm /srv/session/deep/f$i; done
      mv /srv/session/deep/f2 /srv/session/deep/er/moved
      ln -s ../numbers /srv/session/deep/link; ln /srv/session/numbers /srv/session/hard
      truncate -s 50M /srv/session/sparse; echo end >> /srv/session/sparse
      chmod 600 /srv/session/numbers; chown daemon:daemon /srv/session/deep
      python3 -c 'import os; os.mkfifo("/srv/session/fifo"); f=open("/srv/session/gone","w"); f.write("x"*100000); os.unlink("/srv/session/gone")'
      md5sum < /srv/session/numbers
      """;

  @TempDir Path directory;

  private static String session(Disk disk) throws Exception {
    try (Vm vm = Vm.builder().disk(disk).build()) {
      Outcome outcome = Outcome.of(vm.exec("bash", "-c", SESSION), 300);
      assertEquals(0, outcome.status(), outcome.errors());
      return outcome.output();
    }
  }

  private static void assertClean(Path image) throws Exception {
    Outcome check = tool("e2fsck", "-fn", image.toString());
    assertEquals(0, check.status(), check.output());
    Outcome list = tool("debugfs", "-R", "ls -p /srv/session/deep", image.toString());
    assertTrue(list.output().contains("/f3/"), list.output());
    assertTrue(!list.output().contains("/f4/"), list.output());
    Outcome cat = tool("debugfs", "-R", "cat /srv/session/deep/er/moved", image.toString());
    assertEquals("2\n", cat.output());
    Outcome stat = tool("debugfs", "-R", "stat /srv/session/numbers", image.toString());
    assertTrue(stat.output().contains("Mode:  0600"), stat.output());
    assertTrue(stat.output().contains("Links: 2"), stat.output());
  }

  private static Outcome tool(String... command) throws Exception {
    return Outcome.of(new ProcessBuilder(command).start(), 120);
  }

  private static byte[] digest(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return digest.digest();
  }

  private static Path base() {
    return DefaultImage.locate(BuildListener.SILENT);
  }

  /** Copies what {@code device} holds into a sparse file. */
  private static void copy(BlockDevice device, Path file) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(device.size());
      ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
      for (long at = 0; at < device.size(); at += buffer.capacity()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), device.size() - at));
        device.read(at, buffer);
        byte[] bytes = buffer.array();
        if (!allZero(bytes)) {
          out.seek(at);
          out.write(bytes, 0, buffer.limit());
        }
      }
    }
  }

  private static boolean allZero(byte[] bytes) {
    return java.util.Arrays.mismatch(bytes, new byte[bytes.length]) < 0;
  }

  @Test
  void anImageWrittenInPlaceStaysClean() throws Exception {
    Path image = directory.resolve("disk.ext2");
    try (BlockDevice base = BlockDevices.openFileReadOnly(base())) {
      copy(base, image);
    }
    String first = session(Disks.image(image));
    assertClean(image);
    try (Vm vm = Vm.builder().disk(Disks.image(image)).build()) {
      Outcome again =
          Outcome.of(vm.exec("bash", "-c", "md5sum < /srv/session/hard; rm -r /srv/session"), 120);
      assertEquals(first, again.output(), again.errors());
      DiskException second =
          assertThrows(DiskException.class, () -> Vm.builder().disk(Disks.image(image)).build());
      assertTrue(String.valueOf(second.getMessage()).contains("disk.ext2"), second::getMessage);
    }
    Outcome check = tool("e2fsck", "-fn", image.toString());
    assertEquals(0, check.status(), check.output());
  }

  @Test
  void anOverlayAloneChanges() throws Exception {
    Path base = base();
    byte[] before = digest(base);
    Path overlay = directory.resolve("changes.overlay");
    session(Disks.overlay(base, overlay));
    assertArrayEquals(before, digest(base));
    assertTrue(Files.size(overlay) > 1 << 20);
    Path flat = directory.resolve("flat.ext2");
    try (BlockDevice below = BlockDevices.openFileReadOnly(base);
        BlockDevice device = BlockDevices.fileOverlay(below, overlay)) {
      copy(device, flat);
    }
    assertClean(flat);
  }

  @Test
  void ephemeralChangesEndWithTheMachine() throws Exception {
    byte[] before = digest(base());
    session(Disks.ephemeral(base()));
    assertArrayEquals(before, digest(base()));
    try (Vm vm = Vm.builder().disk(Disks.ephemeral(base())).build()) {
      Process process = vm.exec("ls", "/srv");
      assertEquals("", new String(process.getInputStream().readAllBytes(), UTF_8));
      assertEquals(List.of(0), List.of(process.waitFor()));
    }
  }
}
