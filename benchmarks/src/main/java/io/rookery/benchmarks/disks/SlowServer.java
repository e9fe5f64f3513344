package io.rookery.benchmarks.disks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Serves ranges of one file on this machine's loopback, each after a while, and counts them. */
final class SlowServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
  private static final String TAG = "\"1\"";

  private final FileChannel file;
  private final long delayMillis;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  SlowServer(Path path, long delayMillis) throws IOException {
    this.file = FileChannel.open(path);
    this.delayMillis = delayMillis;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  URI uri() {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/disk.ext2");
  }

  /** How many requests came since this was asked last. */
  int takeRequests() {
    return requests.getAndSet(0);
  }

  /** How many bytes of the file were sent since this was asked last. */
  long takeBytes() {
    return bytes.getAndSet(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    exchange.getRequestBody().close(); // else the connection does not live on
    try {
      Thread.sleep(delayMillis);
      exchange.getResponseHeaders().set("ETag", TAG);
      Matcher range = RANGE.matcher(header(exchange, "Range"));
      if (header(exchange, "If-None-Match").equals(TAG)) {
        exchange.sendResponseHeaders(304, -1);
      } else if (!range.matches()) {
        exchange.sendResponseHeaders(416, -1);
      } else {
        send(exchange, Long.parseLong(range.group(1)), Long.parseLong(range.group(2)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private void send(HttpExchange exchange, long first, long last) throws IOException {
    long size = file.size();
    ByteBuffer body = ByteBuffer.allocate((int) (Math.min(last + 1, size) - first));
    while (body.hasRemaining() && file.read(body, first + body.position()) >= 0) {
      // on to the end
    }
    bytes.addAndGet(body.position());
    String end = (first + body.position() - 1) + "/" + size;
    exchange.getResponseHeaders().set("Content-Range", "bytes " + first + "-" + end);
    exchange.sendResponseHeaders(206, body.position());
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body.array(), 0, body.position());
    }
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    threads.close();
    file.close();
  }
}
