package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.VirtualSwitch;
import io.rookery.tcpip.stack.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Real time and real threads: many connections between three stacks at once. */
class ThreadsTest {
  private static final int CONNECTIONS = 8;
  private static final int BYTES = 1_000_000;

  @Test
  void manyConnectionsAcrossASwitch() throws Exception {
    VirtualSwitch lan = new VirtualSwitch(1500);
    List<IpStack> hosts = new ArrayList<>();
    List<TcpSocket> listeners = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      IpPrefix address = IpPrefix.parse("192.168.7." + i + "/24");
      IpStack host = IpStack.builder().name("host" + i).build();
      host.addInterface("eth0", lan.port(IpPrefix.host(address.address())), address);
      TcpSocket listener = host.tcp(false);
      listener.bind(Endpoint.of("0.0.0.0", 80));
      listener.listen(CONNECTIONS);
      hosts.add(host);
      listeners.add(listener);
    }
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        TcpSocket listener = listeners.get(i);
        all.add(
            threads.submit(
                call(
                    () -> {
                      for (int c = 0; c < CONNECTIONS; c++) {
                        TcpStream accepted = TcpStream.accept(listener);
                        var _ = all(threads, () -> echo(accepted)); // its client tells
                      }
                      return null;
                    })));
        IpStack from = hosts.get(i);
        String to = "192.168.7." + (i % 3 == 2 ? 1 : i + 2);
        for (int c = 0; c < CONNECTIONS; c++) {
          int seed = i * 100 + c;
          all.add(threads.submit(call(() -> talk(threads, from, to, seed))));
        }
      }
      for (Future<?> future : all) {
        future.get(120, TimeUnit.SECONDS);
      }
    }
    for (IpStack host : hosts) {
      assertEquals(0, host.count(Counter.INTERNAL_ERRORS));
      assertEquals(0, host.count(Counter.SINK_FAILURES));
      host.close();
      assertEquals(0, ((Stack) host).memoryInUse());
    }
  }

  private static Callable<Object> call(Callable<Object> action) {
    return action;
  }

  private static Future<Object> all(ExecutorService threads, Callable<Object> action) {
    return threads.submit(action);
  }

  private static Object echo(TcpStream stream) throws Exception {
    try (stream) {
      stream.input().transferTo(stream.output());
      stream.output().close();
      return stream;
    }
  }

  private static Object talk(ExecutorService threads, IpStack from, String to, int seed)
      throws Exception {
    byte[] data = new byte[BYTES];
    new Random(seed).nextBytes(data);
    try (TcpStream stream = TcpStream.connect(from, Endpoint.of(to, 80))) {
      Future<Object> writing =
          all(
              threads,
              () -> {
                stream.output().write(data);
                stream.output().close();
                return stream;
              });
      assertArrayEquals(data, stream.input().readAllBytes());
      writing.get();
      return stream;
    }
  }
}
