package io.rookery.tcpip.dns;

import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Answers questions on port 53 of a stack's addresses, over UDP and TCP (RFC 1035, 6891, 7766).
 * Every question gets an answer: what cannot be asked now is a server failure. Thread-safe.
 */
public final class DnsServer implements AutoCloseable {
  /** The port of DNS. */
  public static final int PORT = 53;

  private static final int IN = 1;
  private static final int THREADS = 16;
  private static final int WAITING = 512;
  private static final int STREAMS = 32;
  private static final int LONGEST_QUERY = 4096;

  private final NameResolver resolver;
  private final ThreadPoolExecutor workers;
  private final ExecutorService streams;
  private final Semaphore streamPermits = new Semaphore(STREAMS);
  private final List<AutoCloseable> sockets = new ArrayList<>();

  /**
   * A server at addresses of a stack; it does not close the stack.
   *
   * @throws NetException if a port 53 is taken
   */
  public DnsServer(IpStack stack, List<IpAddress> addresses, NameResolver resolver)
      throws NetException {
    this.resolver = resolver;
    workers =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("dns-", 0).factory());
    workers.allowCoreThreadTimeOut(true);
    streams =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("dns stream ", 0).factory());
    for (IpAddress address : addresses) {
      datagrams(stack, new Endpoint(address, PORT));
      streams(stack, new Endpoint(address, PORT));
    }
  }

  // --- UDP ---

  private void datagrams(IpStack stack, Endpoint at) throws NetException {
    UdpSocket socket = stack.udp(at.address().v6());
    sockets.add(socket);
    socket.bind(at);
    socket.listener(_ -> receive(socket));
    receive(socket);
  }

  private void receive(UdpSocket socket) {
    ByteBuffer buffer = ByteBuffer.allocate(LONGEST_QUERY);
    while (true) {
      buffer.clear();
      try {
        DatagramInfo from = socket.receive(buffer);
        if (from == null) {
          return;
        }
        DnsQuery query = DnsQuery.parse(buffer.array(), buffer.position());
        if (query != null) {
          answerLater(socket, from, query);
        }
      } catch (NetException e) {
        if (isClosed()) {
          return;
        }
      }
    }
  }

  private void answerLater(UdpSocket socket, DatagramInfo from, DnsQuery query) {
    try {
      workers.execute(() -> send(socket, from, query, answer(query, from.source().address())));
    } catch (RejectedExecutionException e) {
      send(socket, from, query, DnsAnswer.failure());
    }
  }

  private static void send(UdpSocket socket, DatagramInfo from, DnsQuery query, DnsAnswer answer) {
    try {
      socket.send(ByteBuffer.wrap(DnsWriter.datagram(query, answer)), from.source());
    } catch (NetException e) {
      // As if it were lost on the way.
    }
  }

  // --- TCP ---

  private void streams(IpStack stack, Endpoint at) throws NetException {
    TcpSocket listening = stack.tcp(at.address().v6());
    sockets.add(listening);
    listening.bind(at);
    listening.listen(STREAMS);
    listening.listener(_ -> accept(listening));
    accept(listening);
  }

  private void accept(TcpSocket listening) {
    try {
      for (TcpSocket s = listening.accept(); s != null; s = listening.accept()) {
        TcpSocket accepted = s;
        if (!streamPermits.tryAcquire()) {
          accepted.abort();
          accepted.close();
          continue;
        }
        streams.execute(() -> serve(accepted));
      }
    } catch (NetException | RejectedExecutionException e) {
      // The server is being closed.
    }
  }

  private void serve(TcpSocket socket) {
    Endpoint client = socket.lastRemoteEndpoint();
    try (TcpStream stream = new TcpStream(socket)) {
      DataInputStream in = new DataInputStream(stream.input());
      DataOutputStream out = new DataOutputStream(stream.output());
      while (client != null) {
        byte[] bytes = new byte[in.readUnsignedShort()];
        in.readFully(bytes);
        DnsQuery query = DnsQuery.parse(bytes, bytes.length);
        if (query == null) {
          return;
        }
        byte[] answer = DnsWriter.stream(query, answerNow(query, client.address()));
        ByteBuffer framed = ByteBuffer.allocate(answer.length + 2);
        out.write(framed.putShort((short) answer.length).put(answer).array());
      }
    } catch (IOException e) {
      // The client has gone.
    } finally {
      streamPermits.release();
    }
  }

  /** Resolvers may block in native code, so not on a virtual thread. */
  private DnsAnswer answerNow(DnsQuery query, IpAddress client) {
    try {
      return workers.submit(() -> answer(query, client)).get();
    } catch (ExecutionException | RejectedExecutionException e) {
      return DnsAnswer.failure();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DnsAnswer.failure();
    }
  }

  // --- Both ---

  private DnsAnswer answer(DnsQuery query, IpAddress client) {
    if (query.error() != 0) {
      return DnsAnswer.error(query.error());
    }
    if (query.classOfData() != IN) {
      return DnsAnswer.error(DnsAnswer.NOT_IMPLEMENTED);
    }
    if (!query.plainName()) {
      return DnsAnswer.noSuchName();
    }
    try {
      return resolver.resolve(query.name(), query.type(), client);
    } catch (RuntimeException e) {
      System.getLogger(DnsServer.class.getName())
          .log(System.Logger.Level.WARNING, "A resolver failed", e);
      return DnsAnswer.failure();
    }
  }

  private boolean isClosed() {
    return workers.isShutdown();
  }

  @Override
  public void close() {
    workers.shutdownNow();
    for (AutoCloseable socket : sockets) {
      try {
        socket.close();
      } catch (Exception e) {
        throw new AssertionError(e); // sockets of a stack do not fail to close
      }
    }
    streams.shutdownNow();
  }
}
