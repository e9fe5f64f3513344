package io.rookery;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ServerSocketFactory;

/** A web server on this machine's loopback: /page is a page, all else moved to a denied address. */
final class LoopbackHttp implements AutoCloseable {
  private final ServerSocket server;
  private final byte[] page;

  LoopbackHttp(byte[] page) throws IOException {
    this(page, ServerSocketFactory.getDefault());
  }

  LoopbackHttp(byte[] page, ServerSocketFactory factory) throws IOException {
    this.page = page;
    server = factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::run);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  private void run() {
    while (!server.isClosed()) {
      try {
        Socket accepted = server.accept();
        Thread.ofVirtual().start(() -> answer(accepted));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void answer(Socket accepted) {
    try (accepted) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(accepted.getInputStream(), US_ASCII));
      String request = in.readLine();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {}
      boolean isPage = request != null && request.startsWith("GET /page ");
      String head =
          isPage
              ? "HTTP/1.1 200 OK\r\nContent-Length: " + page.length
              : "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0";
      OutputStream out = accepted.getOutputStream();
      out.write((head + "\r\nConnection: close\r\n\r\n").getBytes(US_ASCII));
      out.write(isPage ? page : new byte[0]);
    } catch (IOException e) {
      // The guest has gone.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
