package io.rookery.examples;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Serves ranges of one file on this machine's loopback. */
final class RangeServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})");
  private static final String TAG = "\"1\"";
  private static final int PARTIAL_CONTENT = 206;
  private static final int NOT_MODIFIED = 304;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int NO_BODY = -1;

  private final Path file;
  private final HttpServer server;

  RangeServer(Path file) throws IOException {
    this.file = file;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  URI uri() {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/disk");
  }

  private void answer(HttpExchange exchange) throws IOException {
    Matcher range = RANGE.matcher(header(exchange, "Range"));
    exchange.getResponseHeaders().set("ETag", TAG);
    if (header(exchange, "If-None-Match").equals(TAG)) {
      exchange.sendResponseHeaders(NOT_MODIFIED, NO_BODY);
    } else if (range.matches()) {
      send(exchange, Long.parseLong(range.group(1)), Long.parseLong(range.group(2)));
    } else {
      exchange.sendResponseHeaders(RANGE_NOT_SATISFIABLE, NO_BODY);
    }
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private void send(HttpExchange exchange, long first, long last) throws IOException {
    ByteBuffer body;
    long size;
    try (FileChannel channel = FileChannel.open(file)) {
      size = channel.size();
      body = ByteBuffer.allocate((int) (Math.min(last + 1, size) - first));
      channel.read(body, first);
    }
    String range = "bytes " + first + "-" + (first + body.position() - 1) + "/" + size;
    exchange.getResponseHeaders().set("Content-Range", range);
    exchange.sendResponseHeaders(PARTIAL_CONTENT, body.position());
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body.array(), 0, body.position());
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
