package io.rookery.linux.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class SignalQueueTest {
  private static final int RT = Signals.SIGRTMIN + 2;

  private final SignalQueue q = new SignalQueue();

  private static SigInfo value(int signal, int value) {
    return SigInfo.user(signal, SigInfo.SI_QUEUE, value, 0);
  }

  private SigInfo take(long blocked) {
    return Objects.requireNonNull(q.take(blocked));
  }

  @Test
  void standardSignalsArePendingOnce() {
    assertTrue(q.add(value(Signals.SIGUSR1, 1), 10));
    assertTrue(q.add(value(Signals.SIGUSR1, 2), 10));
    assertEquals(1, q.size());
    assertEquals(1, take(0).pid());
    assertNull(q.take(0));
    assertEquals(0, q.set());
  }

  @Test
  void realTimeSignalsAreQueuedInOrderUpToTheLimit() {
    for (int i = 0; i < 3; i++) {
      assertTrue(q.add(value(RT, i), 3));
    }
    assertFalse(q.add(value(RT, 3), 3));
    for (int i = 0; i < 3; i++) {
      assertEquals(i, take(0).pid());
    }
    assertEquals(0, q.set());
  }

  @Test
  void lowestNumberFirstButFaultsBeforeAll() {
    q.add(value(RT, 0), 10);
    q.add(value(Signals.SIGTERM, 0), 10);
    q.add(value(Signals.SIGHUP, 0), 10);
    q.add(value(Signals.SIGSEGV, 0), 10);
    assertEquals(Signals.SIGSEGV, take(0).signal());
    assertEquals(Signals.SIGHUP, take(0).signal());
    assertEquals(RT, take(Signals.bit(Signals.SIGTERM)).signal());
    assertNull(q.take(Signals.bit(Signals.SIGTERM)));
    assertEquals(Signals.SIGTERM, take(0).signal());
  }

  @Test
  void discardDropsWholeSets() {
    q.add(value(RT, 0), 10);
    q.add(value(RT, 1), 10);
    q.add(value(Signals.SIGCONT, 0), 10);
    q.discard(Signals.bit(RT));
    assertEquals(Signals.bit(Signals.SIGCONT), q.set());
    assertEquals(1, q.size());
  }
}
