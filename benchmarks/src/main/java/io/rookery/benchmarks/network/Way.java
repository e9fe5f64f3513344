package io.rookery.benchmarks.network;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** How an iperf3 client reaches a server. */
interface Way extends AutoCloseable {
  /** What it is called in the table. */
  String title();

  /**
   * Starts a client.
   *
   * @param arguments what follows {@code -c} and the server's address
   */
  Process client(List<String> arguments) throws IOException;

  /** Whether clients are processes of this host, whose time is not in {@link #cpu}. */
  boolean nativeClient();

  /** Processor time that this way has taken so far, without the processes of the host's iperf3. */
  Duration cpu();

  @Override
  void close() throws IOException;
}
