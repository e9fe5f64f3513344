package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.ext2.testing.BlockDeviceContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Partition tables that sfdisk made, and a slice of a device as a device. */
class PartitionTest extends BlockDeviceContract {
  private static final long DISK = 64L << 20;
  private static final Pattern NODE =
      Pattern.compile("disk(\\d+) : start= *(\\d+), size= *(\\d+), type=([0-9A-Fa-f-]+)(.*)");
  private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-f]{2})");
  private static final Pattern NAME = Pattern.compile("name=\"([^\"]*)\"");

  private static final String GPT =
      """
      label: gpt
      size=4M, type=L, name="first"
      size=8M, type=U, name="Grüße, part two"
      start=40M, size=2M, type=S
      """;

  private static final String MBR =
      """
      label: dos
      size=4M, type=83
      size=8M, type=c
      size=20M, type=5
      size=2M, type=82
      size=3M, type=83
      size=4M, type=7
      """;

  @Override
  protected BlockDevice open() throws IOException {
    BlockDevice whole = BlockDevices.memory(SIZE + 3000);
    whole.write(0, ByteBuffer.wrap(random(1000, 1)));
    whole.write(SIZE + 1000, ByteBuffer.wrap(random(2000, 2)));
    return new DeviceSlice(whole, 1000, SIZE);
  }

  private static List<Path> sfdisk() {
    return Stream.of("/sbin/sfdisk", "/usr/sbin/sfdisk")
        .map(Path::of)
        .filter(Files::isExecutable)
        .toList();
  }

  private String run(String input, String... arguments) throws IOException {
    assumeTrue(!sfdisk().isEmpty(), "sfdisk is not installed");
    Stream<String> command = Stream.of(sfdisk().getFirst().toString());
    ProcessBuilder builder =
        new ProcessBuilder(Stream.concat(command, Stream.of(arguments)).toList())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private Path make(String table) throws IOException {
    Path file = folder.resolve("disk");
    BlockDevices.createFile(file, DISK).close();
    run(table, "-q", file.toString());
    return file;
  }

  private void assertAsSfdiskSays(Path file, List<Partition> found) throws IOException {
    List<Partition> expected =
        run("", "--dump", file.toString())
            .lines()
            .map(NODE::matcher)
            .filter(Matcher::find)
            .map(PartitionTest::parsed)
            .toList();
    assertEquals(expected, found);
    assertTrue(found.size() >= 3, found.toString());
  }

  private static Partition parsed(Matcher m) {
    String type = m.group(4).toLowerCase(Locale.ROOT);
    Matcher name = NAME.matcher(m.group(5));
    return new Partition(
        Integer.parseInt(m.group(1)),
        Long.parseLong(m.group(2)) * 512,
        Long.parseLong(m.group(3)) * 512,
        type.length() > 2 ? type : "0x" + (type.length() < 2 ? "0" : "") + type,
        name.find() ? unescaped(name.group(1)) : "");
  }

  /** sfdisk writes the bytes of other characters than ASCII's as \xc3. */
  private static String unescaped(String name) {
    byte[] bytes =
        ESCAPE
            .matcher(new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
            .replaceAll(m -> Character.toString(Integer.parseInt(m.group(1), 16)))
            .getBytes(StandardCharsets.ISO_8859_1);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void tablesAreReadAsSfdiskReadsThem() throws IOException {
    for (String table : List.of(GPT, MBR)) {
      Path file = make(table);
      List<Partition> found;
      try (BlockDevice disk = BlockDevices.openFile(file)) {
        found = Partition.list(disk);
      }
      assertAsSfdiskSays(file, found);
      Files.delete(file);
    }
  }

  @Test
  void aPartitionIsADevice() throws IOException {
    try (BlockDevice disk = BlockDevices.openFile(make(GPT))) {
      Partition second = Partition.list(disk).get(1);
      try (BlockDevice part = Partition.open(disk, 2)) {
        assertEquals(8 << 20, part.size());
        part.write(4096, ByteBuffer.wrap(random(100, 9)));
      }
      assertArrayEquals(random(100, 9), read(disk, second.offset() + 4096, 100));
      assertThrows(NoSuchElementException.class, () -> Partition.open(disk, 7));
    }
  }

  @Test
  void theCopyStandsInForADamagedTable() throws IOException {
    Path file = make(GPT);
    try (BlockDevice disk = BlockDevices.openFile(file)) {
      List<Partition> before = Partition.list(disk);
      disk.write(512 + 60, ByteBuffer.wrap(random(4, 1)));
      assertEquals(before, Partition.list(disk));
      disk.write(DISK - 512 + 60, ByteBuffer.wrap(random(4, 1)));
      assertThrows(DeviceFormatException.class, () -> Partition.list(disk));
    }
  }

  @Test
  void nonsenseIsRefused() throws IOException {
    assertThrows(DeviceFormatException.class, () -> Partition.list(BlockDevices.memory(100)));
    assertThrows(DeviceFormatException.class, () -> Partition.list(BlockDevices.memory(1 << 20)));
    Random random = new Random(4);
    int refused = 0;
    for (String table : List.of(MBR, GPT)) {
      Path file = make(table);
      byte[] start = new byte[33 * 512];
      try (BlockDevice disk = BlockDevices.openFileReadOnly(file)) {
        disk.read(0, ByteBuffer.wrap(start));
      }
      BlockDevice disk = BlockDevices.memory(DISK);
      for (int i = 0; i < 3000; i++) {
        byte[] bad = start.clone();
        for (int j = random.nextInt(4); j >= 0; j--) {
          bad[446 + random.nextInt(table.equals(GPT) ? 700 : 64)] = (byte) random.nextInt(256);
        }
        disk.write(0, ByteBuffer.wrap(bad));
        try {
          for (Partition p : Partition.list(disk)) {
            p.open(disk).close();
          }
        } catch (DeviceFormatException e) {
          refused++;
        }
      }
      Files.delete(file);
    }
    assertTrue(refused > 1000, refused + " refused");
  }
}
