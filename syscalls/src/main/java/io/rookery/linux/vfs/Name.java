package io.rookery.linux.vfs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One component of a path: any bytes but '/' and NUL, at most {@value #MAX} of them. */
public final class Name implements Comparable<Name> {
  /** NAME_MAX of limits.h. */
  public static final int MAX = 255;

  private final byte[] bytes;
  private final int hash;

  private Name(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** Takes a copy of part of an array. */
  public static Name of(byte[] source, int from, int to) {
    return new Name(Arrays.copyOfRange(source, from, to));
  }

  /** A name in UTF-8. */
  public static Name of(String text) {
    return new Name(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** Copies the bytes to a buffer. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Name n && n.hash == hash && Arrays.equals(n.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public int compareTo(Name o) {
    return Arrays.compareUnsigned(bytes, o.bytes);
  }

  /** The bytes as UTF-8, for messages and host paths. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
