package io.rookery.tcpip.core;

import java.nio.ByteBuffer;
import java.util.List;

/** Where packets leave the stack; called without the lock, one call at a time. */
@FunctionalInterface
public interface Outlet {
  void transmit(List<ByteBuffer> packets);
}
