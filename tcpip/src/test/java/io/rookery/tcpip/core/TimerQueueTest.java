package io.rookery.tcpip.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TimerQueueTest {

  /** Each timer fires exactly when it was last set for, and none that was cancelled. */
  @Property(tries = 200)
  void firesWhatIsDue(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TimerQueue queue = new TimerQueue();
    int count = 20;
    long[] due = new long[count];
    List<Integer> fired = new ArrayList<>();
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int id = i;
      timers.add(new Timer(queue, () -> fired.add(id)));
      due[i] = -1;
    }
    for (long now = 0; now < 300; now++) {
      int which = random.nextInt(count);
      switch (random.nextInt(4)) {
        case 0 -> {
          timers.get(which).cancel();
          due[which] = -1;
        }
        case 1 -> {
          timers.get(which).dispose();
          due[which] = -1;
        }
        default -> {
          due[which] = now + random.nextInt(30);
          timers.get(which).setAt(due[which]);
        }
      }
      fired.clear();
      queue.run(now);
      List<Integer> expected = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        if (due[i] >= 0 && due[i] <= now) {
          expected.add(i);
          due[i] = -1;
        }
      }
      fired.sort(null);
      assertEquals(expected, fired);
    }
    timers.forEach(Timer::dispose);
    assertTrue(queue.isEmpty());
  }

  /** The reference vectors' first lines, for input of 0, 8 and 16 bytes 00 01 02 … */
  @Test
  void sipHash() {
    SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    assertEquals(0x726fdb47dd0e0e31L, hash.hash());
    assertEquals(0x93f5f5799a932462L, hash.hash(0x0706050403020100L));
    assertEquals(0x3f2acc7f57c29bdbL, hash.hash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L));
  }
}
