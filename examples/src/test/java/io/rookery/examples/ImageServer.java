package io.rookery.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Serves parts of one file on this machine's loopback, each after a while. */
final class ImageServer implements AutoCloseable {
  private static final long DELAY_MILLIS = 20;
  private static final String TAG = "\"image\"";

  final AtomicInteger requests = new AtomicInteger();
  final AtomicLong bytes = new AtomicLong();

  private final ServerSocket server;
  private final FileChannel file;

  ImageServer(Path image) throws IOException {
    file = FileChannel.open(image);
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::run);
  }

  URI uri() {
    return URI.create("http://localhost:" + server.getLocalPort() + "/image.ext2");
  }

  private void run() {
    while (!server.isClosed()) {
      try {
        Socket accepted = server.accept();
        Thread.ofVirtual().start(() -> answerAll(accepted));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void answerAll(Socket accepted) {
    try (accepted) {
      accepted.setTcpNoDelay(true);
      BufferedReader in =
          new BufferedReader(new InputStreamReader(accepted.getInputStream(), ISO_8859_1));
      while (in.readLine() != null) {
        Map<String, String> headers = new HashMap<>();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          String[] parts = line.split(": ", 2);
          headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
        }
        Thread.sleep(DELAY_MILLIS);
        requests.incrementAndGet();
        answer(headers, accepted.getOutputStream());
      }
    } catch (IOException | InterruptedException e) {
      // The client has gone.
    }
  }

  private void answer(Map<String, String> headers, OutputStream out) throws IOException {
    if (TAG.equals(headers.get("if-none-match"))) {
      out.write(("HTTP/1.1 304 Not Modified\r\nETag: " + TAG + "\r\n\r\n").getBytes(ISO_8859_1));
      return;
    }
    String[] range = headers.getOrDefault("range", "").replace("bytes=", "").split("-", 2);
    long from = Long.parseLong(range[0]);
    long end = Math.min(Long.parseLong(range[1]) + 1, file.size());
    String head =
        "HTTP/1.1 206 Partial Content\r\nETag: %s\r\nContent-Length: %d\r\nContent-Range: bytes %d-%d/%d\r\n\r\n"
            .formatted(TAG, end - from, from, end - 1, file.size());
    ByteBuffer body = ByteBuffer.allocate((int) (end - from));
    while (body.hasRemaining() && file.read(body, from + body.position()) >= 0) {
      // on to the end
    }
    bytes.addAndGet(body.position());
    out.write(head.getBytes(ISO_8859_1));
    out.write(body.array());
    out.flush();
  }

  @Override
  public void close() throws IOException {
    server.close();
    file.close();
  }
}
