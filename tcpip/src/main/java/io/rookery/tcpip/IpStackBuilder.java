package io.rookery.tcpip;

import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.link.Scheduler;
import io.rookery.tcpip.stack.Stack;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Collects what a stack is made of. Not for several threads. */
public final class IpStackBuilder {
  private String name = "tcpip";
  private @Nullable Scheduler scheduler;
  private RandomGenerator random = new SecureRandom();
  private @Nullable PacketSink loopback;
  private long memory = Math.clamp(Runtime.getRuntime().maxMemory() / 4, 1L << 20, 256L << 20);

  IpStackBuilder() {}

  /** Names the stack's thread and log messages; "tcpip" unless set. */
  public IpStackBuilder name(String value) {
    name = value;
    return this;
  }

  /** Where time comes from, in place of a thread of its own. The stack does not close it. */
  public IpStackBuilder scheduler(Scheduler value) {
    scheduler = value;
    return this;
  }

  /** Where secrets, ports and identifiers come from; a {@link SecureRandom} unless set. */
  public IpStackBuilder random(RandomGenerator value) {
    random = value;
    return this;
  }

  /** The link of the loopback interface, in place of one that does no more than that. */
  public IpStackBuilder loopback(PacketSink value) {
    loopback = value;
    return this;
  }

  /**
   * Most bytes of data that all sockets together may buffer; unless set, 256 MiB or a quarter of
   * the JVM's heap, whichever is less. Beyond it windows close and datagrams are dropped.
   *
   * @throws IllegalArgumentException if it is less than 1 MiB
   */
  public IpStackBuilder memory(long bytes) {
    if (bytes < 1 << 20) {
      throw new IllegalArgumentException("Memory of " + bytes + " bytes");
    }
    memory = bytes;
    return this;
  }

  /** A stack. */
  public IpStack build() {
    return new Stack(name, scheduler, random, loopback, memory);
  }
}
