package io.rookery.tcpip;

/**
 * Hears when a socket becomes ready. Calls come one at a time for a whole stack, on whichever
 * thread drives it, without a lock held: the listener may call any socket, but must not block.
 */
@FunctionalInterface
public interface ReadinessListener {

  /**
   * Something happened: new data count although older ones were not read yet, as with an
   * edge-triggered epoll.
   *
   * @param events bits of {@link Readiness} that happened since the last call; the state may have
   *     changed again, which {@link StackSocket#readiness()} tells
   */
  void ready(int events);
}
