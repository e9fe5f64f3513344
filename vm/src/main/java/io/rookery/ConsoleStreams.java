package io.rookery;

import io.rookery.linux.tty.HostConsole;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/** The host's side of a guest terminal as the streams of a {@link Process}. */
final class ConsoleStreams {
  private ConsoleStreams() {}

  /** What is typed. Closing it is no end of file: on a terminal that is Ctrl-D. */
  static OutputStream keyboard(HostConsole console) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        console.type(source, offset, length);
      }
    };
  }

  /**
   * What is shown, until nobody has the terminal open any more. Closing it hangs the terminal up.
   */
  static InputStream screen(HostConsole console) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
          return 0;
        }
        int n = console.read(target, offset, length);
        if (n < 0) {
          console.close();
        }
        return n;
      }

      @Override
      public void close() {
        console.close();
      }
    };
  }
}
