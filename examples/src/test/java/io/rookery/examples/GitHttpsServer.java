package io.rookery.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * Serves the repositories of a directory over HTTPS on the loopback interface: the host's {@code
 * git http-backend} behind the JDK's server. Whoever reaches it may push.
 */
final class GitHttpsServer implements AutoCloseable {
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Path root;

  GitHttpsServer(Path root, SSLContext context) throws IOException {
    this.root = root;
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    ProcessBuilder backend = new ProcessBuilder("git", "http-backend");
    backend.redirectError(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = backend.environment();
    environment.put("GIT_PROJECT_ROOT", root.toString());
    environment.put("GIT_HTTP_EXPORT_ALL", "1");
    environment.put("REMOTE_USER", "anybody"); // receive-pack asks for one
    environment.put("REQUEST_METHOD", exchange.getRequestMethod());
    environment.put("PATH_INFO", exchange.getRequestURI().getPath());
    String query = exchange.getRequestURI().getRawQuery();
    environment.put("QUERY_STRING", query == null ? "" : query);
    environment.put("CONTENT_LENGTH", Integer.toString(body.length));
    Headers headers = exchange.getRequestHeaders();
    copy(headers, "Content-Type", environment, "CONTENT_TYPE");
    copy(headers, "Content-Encoding", environment, "HTTP_CONTENT_ENCODING");
    copy(headers, "Git-Protocol", environment, "GIT_PROTOCOL");
    Process process = backend.start();
    try (exchange;
        InputStream in = process.getInputStream()) {
      try (OutputStream out = process.getOutputStream()) {
        out.write(body);
      }
      int status = 200;
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        String name = line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
        String value = line.substring(name.length() + 1).strip();
        if (name.equals("status")) {
          status = Integer.parseInt(value.substring(0, 3));
        } else {
          exchange.getResponseHeaders().add(name, value);
        }
      }
      exchange.sendResponseHeaders(status, 0);
      in.transferTo(exchange.getResponseBody());
    }
  }

  private static void copy(Headers from, String name, Map<String, String> to, String variable) {
    String value = from.getFirst(name);
    if (value != null) {
      to.put(variable, value);
    }
  }

  /** A header line without its end; the empty one after the last. */
  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(ISO_8859_1);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
