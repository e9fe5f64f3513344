package io.rookery.tcpip.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.VirtualTime;
import io.rookery.tcpip.core.StackLoop;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ReceiveQueueTest {

  /**
   * Any segmentation, order, overlap and repetition of a stream gives the stream, even if some of
   * it is put back and read twice.
   */
  @Property(tries = 300)
  void reassembles(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    StackLoop loop = new StackLoop(new VirtualTime(), random, 1L << 30);
    ReceiveQueue queue = new ReceiveQueue(loop.memory());
    byte[] stream = new byte[1 + random.nextInt(100_000)];
    random.nextBytes(stream);
    byte[] read = new byte[stream.length];
    int done = 0;
    int longest = 1 + random.nextInt(5000);
    while (done < stream.length) {
      // Around what is expected next, so that it comes to an end.
      int at = (int) queue.next() + random.nextInt(3 * longest) - longest;
      at = random.nextInt(4) == 0 ? (int) queue.next() : Math.max(at, (int) queue.next());
      int length = Math.min(1 + random.nextInt(longest), stream.length - at);
      if (length <= 0) {
        continue;
      }
      long before = queue.next();
      ReceiveQueue.Outcome outcome = queue.insert(at, stream, at, length);
      if (at == before) {
        assertTrue(queue.next() >= at + length);
      } else {
        assertEquals(before, queue.next(), outcome.toString());
      }
      if (random.nextBoolean()) {
        int count = random.nextInt(queue.length() + 1);
        queue.read(queue.start(), ByteBuffer.wrap(read, done, count), count);
        queue.discardTo(queue.start() + count);
        done += count;
        int back = random.nextInt(4) == 0 ? random.nextInt(count + 1) : 0;
        done -= back;
        queue.unread(stream, done, back);
        Arrays.fill(read, done, done + back, (byte) 0);
      }
      if (queue.next() == stream.length) {
        int count = queue.length();
        queue.read(queue.start(), ByteBuffer.wrap(read, done, count), count);
        queue.discardTo(queue.start() + count);
        done += count;
      }
    }
    assertArrayEquals(stream, read);
    queue.clear();
    assertEquals(0, loop.memory().used());
  }
}
