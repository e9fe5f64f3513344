package io.rookery.images.deb;

import io.rookery.images.BadArchiveException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads a common {@code ar} archive (deb(5)) member by member: a magic line, then per member a
 * header of 60 bytes and the contents, padded to an even length.
 */
final class ArInput {
  private static final String MAGIC = "!<arch>\n";
  private static final int HEADER = 60;
  private static final int NAME_END = 16;
  private static final int SIZE_AT = 48;
  private static final int SIZE_END = 58;

  private final InputStream in;
  private final String file;
  private @Nullable Member current;

  /** A member: reading it to the end does not read into the next one. */
  static final class Member extends InputStream {
    private final InputStream in;
    private final String name;
    private final long size;
    private long left;

    private Member(InputStream in, String name, long size) {
      this.in = in;
      this.name = name;
      this.size = size;
      this.left = size;
    }

    String name() {
      return name;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0 && length > 0) {
        return -1;
      }
      int n = in.read(bytes, offset, (int) Math.min(left, length));
      if (n < 0) {
        throw new BadArchiveException("cut off inside member " + name);
      }
      left -= n;
      return n;
    }
  }

  ArInput(InputStream in, String file) throws IOException {
    this.in = in;
    this.file = file;
    String magic = new String(in.readNBytes(MAGIC.length()), StandardCharsets.ISO_8859_1);
    if (!magic.equals(MAGIC)) {
      throw new BadArchiveException(file + ": is no ar archive");
    }
  }

  /** The next member, or null at the end; the one before is skipped to its end. */
  @Nullable Member next() throws IOException {
    Member before = current;
    if (before != null) {
      in.skipNBytes(before.left);
      if ((before.size & 1) != 0) {
        in.read(); // the padding may be missing at the end of the file
      }
    }
    byte[] header = in.readNBytes(HEADER);
    if (header.length == 0) {
      return null;
    }
    String text = new String(header, StandardCharsets.ISO_8859_1);
    if (header.length != HEADER || !text.endsWith("`\n")) {
      throw new BadArchiveException(file + ": a malformed ar member header");
    }
    String digits = text.substring(SIZE_AT, SIZE_END).strip();
    if (!digits.matches("\\d{1,10}")) {
      throw new BadArchiveException(
          file + ": expected the size of an ar member, found \"" + digits + "\"");
    }
    String name = text.substring(0, NAME_END).strip();
    String bare = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    Member member = new Member(in, bare, Long.parseLong(digits));
    current = member;
    return member;
  }
}
