package io.rookery.images.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A mirror on the loopback interface that can be made to misbehave, file by file. */
public final class TestMirror implements AutoCloseable {
  /** Answers a request in a way of its own. */
  public interface Fault {
    void answer(HttpExchange exchange, byte[] contents) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Fault> faults = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile Map<String, byte[]> files;

  public TestMirror(Map<String, byte[]> files) {
    this.files = files;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/debian/", this::handle);
    server.start();
  }

  /** The mirror's address. */
  public String address() {
    return "http://"
        + server.getAddress().getAddress().getHostAddress()
        + ":"
        + server.getAddress().getPort()
        + "/debian";
  }

  /** Serves other files from now on. */
  public void serve(Map<String, byte[]> other) {
    files = other;
  }

  /** Misbehaves for the file whose path ends so. */
  public void fault(String ending, Fault fault) {
    faults.put(ending, fault);
  }

  public void behave() {
    faults.clear();
  }

  /** The paths asked for, in order. */
  public List<String> requests() {
    return requests;
  }

  /** Announces all and sends a part. */
  public static Fault cutAfter(int bytes) {
    return (exchange, contents) -> {
      exchange.sendResponseHeaders(200, contents.length);
      exchange.getResponseBody().write(contents, 0, Math.min(bytes, contents.length));
      exchange.getResponseBody().flush();
      throw new IOException("cut on purpose");
    };
  }

  /** Sends something else. */
  public static Fault instead(byte[] other) {
    return (exchange, _) -> send(exchange, other);
  }

  public static Fault status(int status) {
    return (exchange, _) -> exchange.sendResponseHeaders(status, -1);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getRawPath().substring("/debian/".length());
      requests.add(path);
      byte[] contents = files.get(path.replace("%25", "%"));
      for (var fault : faults.entrySet()) {
        if (path.endsWith(fault.getKey())) {
          fault.getValue().answer(exchange, contents == null ? new byte[0] : contents);
          return;
        }
      }
      if (contents == null) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        send(exchange, contents);
      }
    }
  }

  /** Sends all, or the rest that a Range header asks for. */
  public static void send(HttpExchange exchange, byte[] contents) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    if (range != null) {
      from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes " + from + "-" + (contents.length - 1) + "/" + contents.length);
    }
    int length = contents.length - from;
    exchange.sendResponseHeaders(range == null ? 200 : 206, length == 0 ? -1 : length);
    if (length > 0) {
      exchange.getResponseBody().write(contents, from, length);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
