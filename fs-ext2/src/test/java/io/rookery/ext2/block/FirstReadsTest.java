package io.rookery.ext2.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class FirstReadsTest {
  private static final int CHUNK = FirstReads.CHUNK;

  private static byte[] written(FirstReads reads) throws IOException {
    BlockDevice device = BlockDevices.memory(1 << 20);
    reads.writeTo(device);
    ByteBuffer beginning = ByteBuffer.allocate(CHUNK);
    device.read(0, beginning);
    return beginning.array();
  }

  @Property(tries = 300)
  void whatWasReadIsInTheList(
      @ForAll @Size(max = 120) List<@IntRange(max = 100_000) Integer> chunks) throws IOException {
    FirstReads reads = FirstReads.in(written(FirstReads.of(chunks)));
    assertEquals(FirstReads.of(chunks).ranges(), reads.ranges());
    for (int chunk : chunks) {
      assertTrue(reads.ranges().stream().anyMatch(r -> r.first() <= chunk && chunk < r.end()));
    }
    assertTrue(reads.bytes() <= 32 << 20);
  }

  @Property(tries = 100)
  void listsAreBounded(@ForAll long seed) throws IOException {
    List<Integer> many = new ArrayList<>();
    new Random(seed).ints(5000, 0, 1_000_000).forEach(many::add);
    FirstReads reads = FirstReads.in(written(FirstReads.of(many)));
    assertTrue(reads.ranges().size() > 100 && reads.bytes() <= 32 << 20);
  }

  @Property(tries = 300)
  void aDamagedListIsNone(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = written(FirstReads.of(List.of(5, 6, 900, 7)));
    bytes[random.nextInt(1024)] ^= (byte) (1 << random.nextInt(8));
    assertEquals(List.of(), FirstReads.in(bytes).ranges());
  }

  @Example
  void theRecorderKeepsTheOrder() throws IOException {
    try (ReadRecorder recorder = new ReadRecorder(BlockDevices.memory(64L * CHUNK))) {
      recorder.read(40L * CHUNK + 100, ByteBuffer.allocate(CHUNK));
      recorder.read(0, ByteBuffer.allocate(0));
      recorder.read(7, ByteBuffer.allocate(1));
      assertEquals(
          List.of(new FirstReads.Range(40, 2), new FirstReads.Range(0, 1)),
          recorder.reads().ranges());
    }
  }

  @Example
  void aBootLoaderIsNotOverwritten() throws IOException {
    BlockDevice device = BlockDevices.memory(1 << 20);
    FirstReads.of(List.of(1)).writeTo(device);
    FirstReads.of(List.of(2)).writeTo(device); // its own list is
    device.write(0, ByteBuffer.wrap(new byte[] {(byte) 0xeb}));
    assertThrows(DeviceFormatException.class, () -> FirstReads.of(List.of(1)).writeTo(device));
  }
}
