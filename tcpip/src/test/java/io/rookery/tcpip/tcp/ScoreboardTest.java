package io.rookery.tcpip.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ScoreboardTest {

  /** Against a model with one entry for each byte, across the wrap of sequence numbers. */
  @Property(tries = 300)
  void countsLikeAModel(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Scoreboard board = new Scoreboard();
    int base = -random.nextInt(3000);
    boolean[] sacked = new boolean[20_000];
    boolean[] lost = new boolean[20_000];
    boolean[] resent = new boolean[20_000];
    int una = 0;
    int next = 0;
    for (int step = 0; step < 200; step++) {
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          int length = 1 + random.nextInt(50);
          board.sent(new SentSegment(base + next, base + next + length, false, step));
          next += length;
        }
        case 2 -> {
          int to = una + random.nextInt(next - una + 1) / 3;
          board.acknowledge(base + to, _ -> {});
          una = to;
        }
        case 3 -> {
          int left = una + random.nextInt(next - una + 1);
          int right = Math.min(next, left + random.nextInt(80));
          if (left < right) {
            board.sack(base + left, base + right, _ -> {});
            for (int i = left; i < right; i++) {
              sacked[i] = true;
              lost[i] = false;
              resent[i] = false;
            }
          }
        }
        case 4 -> {
          if (!board.isEmpty()) {
            SentSegment s = board.get(random.nextInt(board.size()));
            if (!s.sacked) {
              board.markLost(s);
              for (int i = s.start - base; i < s.end - base; i++) {
                lost[i] = true;
                resent[i] = false;
              }
            }
          }
        }
        default -> {
          SentSegment s = board.firstLost();
          int expected = -1;
          for (int i = una; i < next && expected < 0; i++) {
            expected = lost[i] && !resent[i] ? i : -1;
          }
          if (expected < 0) {
            assertNull(s);
          } else {
            assertEquals(base + expected, s.start);
            board.resent(s, step);
            for (int i = s.start - base; i < s.end - base; i++) {
              resent[i] = true;
            }
          }
        }
      }
      int sackedBytes = 0;
      int lostBytes = 0;
      int resentBytes = 0;
      for (int i = una; i < next; i++) {
        sackedBytes += sacked[i] ? 1 : 0;
        lostBytes += lost[i] ? 1 : 0;
        resentBytes += resent[i] ? 1 : 0;
      }
      assertEquals(next - una, board.outstanding());
      assertEquals(sackedBytes, board.sackedBytes());
      assertEquals(lostBytes, board.lostBytes());
      assertEquals(resentBytes, board.resentBytes());
      long listed = 0;
      for (SentSegment s = board.oldest(); s != null; s = s.newer) {
        listed += s.length();
      }
      int underWay = 0;
      for (int i = una; i < next; i++) {
        underWay += !sacked[i] && (!lost[i] || resent[i]) ? 1 : 0;
      }
      assertEquals(underWay, listed);
    }
  }
}
