package io.rookery.tcpip.tcp;

import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.core.Timer;

/** The timers of a connection that have nothing to do with retransmission. */
final class ConnectionTimers {
  private final StackLoop loop;
  private final Timer delayedAck;
  private final Timer slow;
  private Runnable slowAction = () -> {};

  ConnectionTimers(Connection c) {
    loop = c.loop();
    delayedAck = loop.timer(c::acknowledgeNow);
    slow = loop.timer(() -> slowAction.run());
  }

  void delayAck(long delay) {
    if (!delayedAck.isSet()) {
      delayedAck.setAt(loop.now() + delay);
    }
  }

  void cancelDelayedAck() {
    delayedAck.cancel();
  }

  /** One of keep-alive, FIN-WAIT-2 and TIME-WAIT: there is never need for two. */
  void slow(long delay, Runnable action) {
    slowAction = action;
    slow.setAt(loop.now() + delay);
  }

  void cancelSlow() {
    slow.cancel();
  }

  boolean slowIsSet() {
    return slow.isSet();
  }

  void dispose() {
    delayedAck.dispose();
    slow.dispose();
  }
}
