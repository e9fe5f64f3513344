package io.rookery.tcpip.forward;

import io.rookery.tcpip.core.EventTarget;
import io.rookery.tcpip.core.StackLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Carries calls out of the lock; what does not fit is lost, as in a router's queue. */
final class ForwardQueue extends EventTarget {
  private static final int MOST_CALLS = 4096;
  private static final int MOST_BYTES = 8 << 20;

  private record Call(Runnable action, int bytes) {}

  private final StackLoop loop;
  private final Deque<Call> calls = new ArrayDeque<>();
  private int bytes;

  ForwardQueue(StackLoop loop) {
    this.loop = loop;
  }

  /** Makes a call when the lock is free; false if it is lost. */
  boolean add(int size, Runnable action) {
    if (calls.size() >= MOST_CALLS || bytes + size > MOST_BYTES) {
      return false;
    }
    calls.add(new Call(action, size));
    bytes += size;
    loop.signal(this, 1);
    return true;
  }

  @Override
  protected void deliver(int events) {
    for (Call call = next(); call != null; call = next()) {
      call.action.run();
    }
  }

  private @Nullable Call next() {
    loop.enter();
    try {
      Call call = calls.poll();
      bytes -= call == null ? 0 : call.bytes;
      return call;
    } finally {
      loop.exit();
    }
  }
}
