package io.rookery.ext2.block;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A web server with one file on this machine's loopback, with faults to order. */
final class RangeServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  final AtomicInteger requests = new AtomicInteger();
  final AtomicLong bytes = new AtomicLong();

  volatile byte[] file;
  volatile String etag = "\"one\"";
  volatile String lastModified = "Mon, 01 Jan 2024 00:00:00 GMT";
  volatile long delayMillis;
  volatile boolean honoursIfMatch = true;
  volatile boolean knowsRanges = true;
  volatile boolean silent;

  /** Where {@code /moved} leads. */
  volatile String movedTo = "/disk";

  /** So many of the next answers fail: with this status, or, if it is 206, half way. */
  final AtomicInteger faults = new AtomicInteger();

  volatile int faultStatus = 503;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  RangeServer(byte[] file) throws IOException {
    this(file, HttpServer.create());
  }

  RangeServer(byte[] file, HttpServer server) throws IOException {
    this.file = file;
    this.server = server;
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/disk", this::answer);
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().set("Location", movedTo);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.start();
  }

  URI uri() {
    return uri("/disk");
  }

  URI uri(String path) {
    boolean secure = server instanceof com.sun.net.httpserver.HttpsServer;
    return URI.create(
        (secure ? "https" : "http") + "://localhost:" + server.getAddress().getPort() + path);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.incrementAndGet();
      Thread.sleep(delayMillis);
      if (silent) {
        Thread.sleep(60_000);
      }
      boolean fault = faults.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
      if (fault && faultStatus != 206) {
        exchange.sendResponseHeaders(faultStatus, -1);
        return;
      }
      byte[] all = file;
      if (etag != null) {
        exchange.getResponseHeaders().set("ETag", etag);
      }
      if (lastModified != null) {
        exchange.getResponseHeaders().set("Last-Modified", lastModified);
      }
      String known = exchange.getRequestHeaders().getFirst("If-None-Match");
      String since = exchange.getRequestHeaders().getFirst("If-Modified-Since");
      String match = exchange.getRequestHeaders().getFirst("If-Match");
      if (known != null ? known.equals(etag) : since != null && since.equals(lastModified)) {
        exchange.sendResponseHeaders(304, -1);
        return;
      }
      if (honoursIfMatch && match != null && !match.equals(etag)) {
        exchange.sendResponseHeaders(412, -1);
        return;
      }
      Matcher range = RANGE.matcher(exchange.getRequestHeaders().getFirst("Range"));
      if (!knowsRanges || !range.matches()) {
        send(exchange, 200, all, 0, all.length, all.length);
        return;
      }
      int from = Integer.parseInt(range.group(1));
      int end = Math.min(all.length, Integer.parseInt(range.group(2)) + 1);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, end - 1, all.length));
      send(exchange, 206, all, from, end, fault ? (end - from) / 2 : end - from);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void send(HttpExchange exchange, int status, byte[] all, int from, int end, int sent)
      throws IOException {
    exchange.sendResponseHeaders(status, end - from);
    OutputStream out = exchange.getResponseBody();
    out.write(all, from, sent);
    bytes.addAndGet(sent);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
