package io.rookery.ext2;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An extended attribute's name as stored: a number for its prefix, and the rest.
 *
 * @param index the prefix
 * @param rest the bytes after the prefix
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record XattrName(int index, byte[] rest) {
  private static final int MAX_LENGTH = 255;
  private static final byte[] INLINE_DATA = "data".getBytes(StandardCharsets.US_ASCII);

  /** A prefix that ends in a dot takes any rest, the others are whole names. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Prefix(int index, byte[] text) {
    Prefix(int index, String text) {
      this(index, text.getBytes(StandardCharsets.US_ASCII));
    }

    boolean isWhole() {
      return text[text.length - 1] != '.';
    }
  }

  private static final Prefix[] PREFIXES = {
    new Prefix(1, "user."),
    new Prefix(2, "system.posix_acl_access"),
    new Prefix(3, "system.posix_acl_default"),
    new Prefix(4, "trusted."),
    new Prefix(6, "security."),
    new Prefix(7, "system."),
  };

  /** Splits a full name. */
  static XattrName parse(byte[] name) throws Ext2Exception {
    if (name.length == 0 || name.length > MAX_LENGTH) {
      throw new Ext2Exception(
          Ext2Exception.Reason.ERANGE, "attribute name of %d bytes".formatted(name.length));
    }
    for (Prefix prefix : PREFIXES) {
      byte[] text = prefix.text;
      if (name.length >= text.length
          && Arrays.equals(name, 0, text.length, text, 0, text.length)
          && prefix.isWhole() == (name.length == text.length)) {
        return new XattrName(prefix.index, Arrays.copyOfRange(name, text.length, name.length));
      }
    }
    throw new Ext2Exception(
        Ext2Exception.Reason.EOPNOTSUPP,
        "attribute name " + new String(name, StandardCharsets.ISO_8859_1));
  }

  /**
   * The full name; null for an unknown prefix, for one that stands alone and must not, and for a
   * name that is stored but too long to be asked for.
   */
  byte @Nullable [] full() {
    for (Prefix prefix : PREFIXES) {
      int length = prefix.text.length + rest.length;
      if (prefix.index == index && prefix.isWhole() == (rest.length == 0) && length <= MAX_LENGTH) {
        byte[] name = Arrays.copyOf(prefix.text, length);
        System.arraycopy(rest, 0, name, prefix.text.length, rest.length);
        return name;
      }
    }
    return null;
  }

  /** Whether this is no attribute of anybody's, but a part of the file's contents. */
  boolean isInlineData() {
    return index == 7 && Arrays.equals(rest, INLINE_DATA);
  }

  boolean isAcl() {
    return index == 2 || index == 3;
  }

  boolean sameAs(XattrName other) {
    return index == other.index && Arrays.equals(rest, other.rest);
  }

  /** The order of entries in a block: by prefix, length, bytes. */
  int compareTo(XattrName other) {
    if (index != other.index) {
      return Integer.compare(index, other.index);
    }
    if (rest.length != other.rest.length) {
      return Integer.compare(rest.length, other.rest.length);
    }
    return Arrays.compareUnsigned(rest, other.rest);
  }
}
