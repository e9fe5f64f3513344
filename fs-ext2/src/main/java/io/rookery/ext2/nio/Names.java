package io.rookery.ext2.nio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Names as text: UTF-8, with each byte that is none as a low surrogate on its own (U+DC80 to
 * U+DCFF), so that every name can be said and comes back as it was.
 */
final class Names {
  private static final int ESCAPE = 0xDC00;

  private Names() {}

  static String decode(byte[] name) {
    ByteBuffer in = ByteBuffer.wrap(name);
    CharBuffer out = CharBuffer.allocate(name.length + 1);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = result.length(); i > 0; i--) {
        out.put((char) (ESCAPE | in.get() & 0xFF));
      }
      decoder.reset();
    }
  }

  static byte[] encode(String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(name.length());
    int plain = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean lone = i == 0 || !Character.isHighSurrogate(name.charAt(i - 1));
      if (lone && c >= ESCAPE + 0x80 && c <= ESCAPE + 0xFF) {
        out.writeBytes(name.substring(plain, i).getBytes(StandardCharsets.UTF_8));
        out.write(c & 0xFF);
        plain = i + 1;
      }
    }
    out.writeBytes(name.substring(plain).getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }
}
