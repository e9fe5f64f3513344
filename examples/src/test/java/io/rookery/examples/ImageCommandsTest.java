package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.DeviceFormatException;
import io.rookery.ext2.block.DeviceLockedException;
import io.rookery.ext2.block.OverlayChain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rookery image} and its commands for what is there already. */
class ImageCommandsTest {
  @TempDir Path folder;

  private String image = "";

  @BeforeEach
  void makeImage() throws IOException {
    Path file = folder.resolve("disk.ext2");
    try (BlockDevice device = BlockDevices.createFile(file, 4 << 20)) {
      Ext2.format(device, FormatOptions.defaults());
    }
    image = file.toString();
  }

  private record Result(int status, String output) {}

  private static Result run(Command command, String... arguments) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, UTF_8)) {
      System.setOut(out);
      int status = command.execute(List.of(arguments));
      return new Result(status, bytes.toString(UTF_8));
    } finally {
      System.setOut(before);
    }
  }

  @Test
  void filesGoInAndOut() throws Exception {
    Path source = Files.writeString(folder.resolve("source"), "contents\n".repeat(100_000));
    Path back = folder.resolve("back");
    assertEquals(0, run(new ImageCopyCommand(), image, source.toString(), "image:/file").status());
    assertEquals(0, run(new ImageCopyCommand(), image, "image:/file", back.toString()).status());
    assertEquals(-1, Files.mismatch(source, back));
    assertEquals(Files.readString(source), run(new ImageCatCommand(), image, "/file").output());
    String listing = run(new ImageListCommand(), image, "/").output();
    assertTrue(listing.matches("(?s).*-rw-r--r-- +1 +0 +0 +900000 \\S+ file\n.*"), listing);
    assertTrue(listing.contains("drwx------"), listing);
    assertEquals(Rookery.MISUSED, run(new ImageCopyCommand(), image, "a", "b").status());
    assertThrows(NoSuchFileException.class, () -> run(new ImageCatCommand(), image, "/nothing"));
    assertEquals(0, run(new ImageCheckCommand(), image).status());
  }

  @Test
  void damageIsFound() throws Exception {
    assertTrue(run(new ImageCheckCommand(), image).output().contains("clean"));
    try (BlockDevice device = BlockDevices.openFile(Path.of(image))) {
      device.write(2048 + 12, ByteBuffer.wrap(new byte[] {1, 0})); // free blocks of group 0
    }
    Result result = run(new ImageCheckCommand(), image);
    assertEquals(4, result.status());
    assertTrue(result.output().contains("FREE_COUNT"), result.output());
  }

  @Test
  void imagesGrowAndShrink() throws Exception {
    Path source = Files.writeString(folder.resolve("source"), "contents\n".repeat(100_000));
    assertEquals(0, run(new ImageCopyCommand(), image, source.toString(), "image:/file").status());
    for (String size : List.of("100m", "2000k", "2M", "67108864")) {
      Result result = run(new ImageResizeCommand(), image, size);
      assertEquals(0, result.status());
      assertTrue(result.output().contains("a volume of "), result.output());
      assertEquals(Sizes.parse("", size), Files.size(Path.of(image)));
      assertEquals(0, run(new ImageCheckCommand(), image).status());
      assertEquals(Files.readString(source), run(new ImageCatCommand(), image, "/file").output());
    }
    assertEquals(Rookery.MISUSED, run(new ImageResizeCommand(), image, "big").status());
    assertEquals(Rookery.MISUSED, run(new ImageResizeCommand(), image).status());
  }

  @Test
  void refusedSizesLeaveTheImage() throws Exception {
    Path file = Path.of(image);
    byte[] before = Files.readAllBytes(file);
    assertThrows(Ext2Exception.class, () -> run(new ImageResizeCommand(), image, "100k"));
    assertArrayEquals(before, Files.readAllBytes(file));
    try (BlockDevice _ = BlockDevices.openFile(file)) {
      assertThrows(DeviceLockedException.class, () -> run(new ImageResizeCommand(), image, "8m"));
    }
    try (BlockDevice device = BlockDevices.openFile(file)) {
      device.write(2048 + 12, ByteBuffer.wrap(new byte[] {1, 0})); // free blocks of group 0
    }
    byte[] damaged = Files.readAllBytes(file);
    assertThrows(Ext2Exception.class, () -> run(new ImageResizeCommand(), image, "8m"));
    assertArrayEquals(damaged, Files.readAllBytes(file));
    assertThrows(
        NoSuchFileException.class,
        () -> run(new ImageResizeCommand(), folder.resolve("none").toString(), "8m"));
  }

  private String overlay(String name) {
    return folder.resolve(name).toString();
  }

  /** Runs something with a volume that is the image with overlays on it. */
  private void onOverlays(List<String> overlays, Volume action) throws Exception {
    List<Path> files = overlays.stream().map(Path::of).toList();
    try (BlockDevice base = BlockDevices.openFileReadOnly(Path.of(image));
        BlockDevice chain = OverlayChain.open(base, files);
        Ext2FileSystem fs = Ext2FileSystem.open(chain, MountOptions.readWrite())) {
      action.run(fs);
    }
  }

  private interface Volume {
    void run(Ext2FileSystem fs) throws IOException;
  }

  private void addFile(String name, String... overlays) throws Exception {
    onOverlays(List.of(overlays), fs -> fs.create(fs.root(), name.getBytes(UTF_8), 0100644, 0, 0));
  }

  private List<String> names(String... overlays) throws Exception {
    List<String> names = new ArrayList<>();
    onOverlays(
        List.of(overlays),
        fs -> fs.list(fs.root(), 0, (name, _, _, _) -> names.add(new String(name, UTF_8))));
    names.removeAll(List.of(".", "..", "lost+found"));
    return names;
  }

  @Test
  void overlaysAreFrozenCommittedAndDiscarded() throws Exception {
    String low = overlay("low");
    String high = overlay("high");
    assertEquals(0, run(new OverlaySnapshotCommand(), image, low).status());
    addFile("one", low);
    assertEquals(0, run(new OverlaySnapshotCommand(), image, low, high).status());
    addFile("two", low, high);
    assertEquals(List.of("one", "two"), names(low, high));
    assertEquals(List.of("one"), names(low));
    assertThrows(
        FileAlreadyExistsException.class,
        () -> run(new OverlaySnapshotCommand(), image, low, high));

    assertEquals(0, run(new OverlayDiscardCommand(), image, low, high).status());
    assertEquals(List.of("one"), names(low, high));
    addFile("three", low, high);
    assertEquals(0, run(new OverlayCommitCommand(), image, low, high).status());
    assertEquals(List.of("one", "three"), names(low));
    assertEquals(0, run(new OverlayCommitCommand(), image, low).status());
    Files.delete(Path.of(low));
    Files.delete(Path.of(high));
    String listing = run(new ImageListCommand(), image, "/").output();
    assertTrue(listing.contains("one") && listing.contains("three"), listing);
    assertEquals(0, run(new ImageCheckCommand(), image).status());
  }

  @Test
  void overlaysMoveToAnotherImage() throws Exception {
    String low = overlay("low");
    String high = overlay("high");
    addFile("one", low);
    addFile("two", low, high);
    assertEquals(0, run(new OverlayRebaseCommand(), "--onto", image, image, low, high).status());
    assertEquals(List.of("one", "two"), names(high));
    // And back, onto the lower overlay with the image below it.
    assertEquals(
        0, run(new OverlayRebaseCommand(), "--onto", image, "--onto", low, image, high).status());
    assertEquals(List.of("one", "two"), names(low, high));
    assertEquals(List.of("one"), names(low));
  }

  @Test
  void overlayCommandsMakeNoOverlays() throws Exception {
    String none = overlay("none");
    assertEquals(Rookery.MISUSED, run(new OverlayCommitCommand(), image, none).status());
    assertEquals(Rookery.MISUSED, run(new OverlayDiscardCommand(), image, none).status());
    assertEquals(Rookery.MISUSED, run(new OverlayCommitCommand(), image).status());
    String low = overlay("low");
    addFile("one", low);
    assertEquals(Rookery.MISUSED, run(new OverlayRebaseCommand(), image, low).status());
    assertEquals(
        Rookery.MISUSED, run(new OverlayRebaseCommand(), "--onto", none, image, low).status());
    assertEquals(Rookery.MISUSED, run(new OverlaySnapshotCommand(), image, none, low).status());
    assertFalse(Files.exists(Path.of(none)));
    // An overlay of another image.
    Path other = folder.resolve("other");
    try (BlockDevice device = BlockDevices.createFile(other, 4 << 20)) {
      Ext2.format(device, FormatOptions.defaults());
    }
    assertThrows(
        DeviceFormatException.class, () -> run(new OverlayCommitCommand(), other.toString(), low));
  }
}
