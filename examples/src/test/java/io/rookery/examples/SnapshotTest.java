package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.Disk;
import io.rookery.DiskException;
import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.OverlayChain;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Overlay chains under guests: snapshots while programs write, forks, and what e2fsck says. */
class SnapshotTest {
  private static final String WRITE_ON =
      "n=0; while [ ! -e /stop ]; do n=$((n+1)); mkdir -p /w/$n; seq $n 2000 > /w/$n/f;"
          + " mv /w/$n/f /w/$n/g; [ $n -gt 5 ] && rm -r /w/$((n-5)); done; echo $n";

  @TempDir Path folder;

  private final Path image = DefaultImage.locate(BuildListener.SILENT);

  private Path layer(String name) {
    return folder.resolve(name);
  }

  private static String run(Vm vm, String script) throws Exception {
    Outcome outcome = Outcome.of(vm.exec("sh", "-c", script), 120);
    assertEquals(0, outcome.status(), outcome.errors());
    return outcome.output();
  }

  private static Vm start(Disk disk) {
    return Vm.builder().disk(disk).build();
  }

  /** e2fsck of what a chain shows. */
  private void assertClean(Path... layers) throws Exception {
    Path copy = layer("copy");
    try (BlockDevice base = BlockDevices.openFileReadOnly(image);
        BlockDevice chain = OverlayChain.open(base, List.of(layers))) {
      save(chain, copy);
    }
    Outcome check = Outcome.of(new ProcessBuilder("e2fsck", "-fn", copy.toString()).start(), 120);
    assertEquals(0, check.status(), check.output());
    Files.delete(copy);
  }

  private static void save(BlockDevice device, Path file) throws IOException {
    byte[] zeros = new byte[1 << 20];
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (long at = 0; at < device.size(); at += zeros.length) {
        byte[] part = new byte[(int) Math.min(zeros.length, device.size() - at)];
        device.read(at, ByteBuffer.wrap(part));
        if (at + part.length == device.size() || !Arrays.equals(part, zeros)) {
          out.write(ByteBuffer.wrap(part), at);
        }
      }
    }
  }

  @Test
  void aLiveDiskIsFrozenWhole() throws Exception {
    try (Vm vm = start(Disks.overlay(image, layer("a")))) {
      run(vm, "echo one > /state; mkdir /w");
      Process writer = vm.exec("sh", "-c", WRITE_ON);
      vm.snapshot(layer("b"));
      Thread.sleep(2000);
      vm.snapshot(layer("c"));
      run(vm, "echo two > /state");
      try (Vm fork = start(Disks.overlay(image, layer("a"), layer("fork")))) {
        assertEquals("one\n", run(fork, "cat /state; echo forked > /state"));
      }
      assertThrows(DiskException.class, () -> vm.snapshot(layer("a")));
      run(vm, "touch /stop");
      assertEquals(0, writer.waitFor());
    }
    assertClean(layer("a"), layer("reader"));
    assertClean(layer("a"), layer("b"), layer("reader2"));
    assertClean(layer("a"), layer("fork"));
    assertClean(layer("a"), layer("b"), layer("c"));
    try (Vm vm = start(Disks.overlay(image, layer("a"), layer("b"), layer("c")))) {
      assertEquals("two\n", run(vm, "cat /state"));
    }
  }

  @Test
  void committedRebasedAndDiscardedDisksAreClean() throws Exception {
    Path ours = layer("image.ext2");
    try (BlockDevice base = BlockDevices.openFileReadOnly(image)) {
      save(base, ours);
    }
    for (String name : List.of("one", "two", "three")) {
      Path[] above =
          switch (name) {
            case "one" -> new Path[0];
            case "two" -> new Path[] {layer("two")};
            default -> new Path[] {layer("two"), layer("three")};
          };
      try (Vm vm = start(Disks.overlay(image, layer("one"), above))) {
        run(vm, "echo " + name + " >> /state; cp -r /etc /" + name);
      }
    }
    try (BlockDevice base = BlockDevices.openFileReadOnly(image)) {
      try (BlockDevice two = OverlayChain.open(base, List.of(layer("one"), layer("two")))) {
        OverlayChain.commit(two, layer("three"));
      }
      assertClean(layer("one"), layer("two"));
      try (BlockDevice one = OverlayChain.open(base, List.of(layer("one")))) {
        OverlayChain.rebase(layer("two"), one, base);
      }
    }
    assertClean(layer("two"));
    try (Vm vm = start(Disks.overlay(image, layer("two")))) {
      assertEquals("one\ntwo\nthree\n", run(vm, "cat /state"));
    }
    try (BlockDevice base = BlockDevices.openFile(ours)) {
      OverlayChain.discard(base, layer("one"));
      OverlayChain.commit(base, layer("two"));
    }
    assertClean(layer("one"));
    Outcome check = Outcome.of(new ProcessBuilder("e2fsck", "-fn", ours.toString()).start(), 120);
    assertEquals(0, check.status(), check.output());
    try (Vm vm = start(Disks.ephemeral(ours))) {
      assertEquals("one\ntwo\nthree\n", run(vm, "cat /state"));
    }
  }
}
