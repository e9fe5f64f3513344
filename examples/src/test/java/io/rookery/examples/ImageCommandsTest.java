package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rookery image check|ls|cat|cp}. */
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
}
