package io.rookery.trust;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The name under which OpenSSL looks an issuer up in a directory (openssl-rehash(1)). */
public final class SubjectHash {
  private static final int UTF8_STRING = 0x0c;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;

  private SubjectHash() {}

  /**
   * The first four bytes, little-endian, of the SHA-1 of the subject's canonical encoding
   * (X509_NAME_hash(3)), as eight hexadecimal digits.
   */
  public static String of(X509Certificate certificate) {
    byte[] digest;
    try {
      digest = MessageDigest.getInstance("SHA-1").digest(canonical(certificate));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JRE has it
    }
    byte[] first = {digest[3], digest[2], digest[1], digest[0]};
    return HexFormat.of().formatHex(first);
  }

  /**
   * The sets of a Name (RFC 5280 section 4.1.2.4) without the sequence around them: texts in UTF-8
   * and lower case, blanks trimmed and collapsed; other values as they are.
   */
  private static byte[] canonical(X509Certificate certificate) {
    ByteBuffer name = ByteBuffer.wrap(certificate.getSubjectX500Principal().getEncoded());
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuffer sets = next(name).content; sets.hasRemaining(); ) {
      List<byte[]> pairs = new ArrayList<>();
      for (ByteBuffer set = next(sets).content; set.hasRemaining(); ) {
        ByteBuffer pair = next(set).content;
        byte[] type = next(pair).whole();
        Element value = next(pair);
        byte[] text = text(value);
        pairs.add(
            encoded(
                SEQUENCE, type, text == null ? value.whole() : encoded(UTF8_STRING, fold(text))));
      }
      pairs.sort(Arrays::compareUnsigned); // X.690 section 11.6
      all.writeBytes(encoded(SET, pairs.toArray(byte[][]::new)));
    }
    return all.toByteArray();
  }

  /** An element of the distinguished encoding rules (X.690), whose tags here are of one byte. */
  private record Element(int tag, ByteBuffer content) {
    byte[] whole() {
      return encoded(tag, bytes());
    }

    byte[] bytes() {
      byte[] b = new byte[content.remaining()];
      content.duplicate().get(b);
      return b;
    }
  }

  private static Element next(ByteBuffer in) {
    int tag = in.get() & 0xff;
    int length = in.get() & 0xff;
    if (length >= 0x80) {
      int count = length & 0x7f;
      length = 0;
      for (int i = 0; i < count; i++) {
        length = length << 8 | in.get() & 0xff;
      }
    }
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException(); // no JDK encodes a name so
    }
    ByteBuffer content = in.slice(in.position(), length);
    in.position(in.position() + length);
    return new Element(tag, content);
  }

  private static byte[] encoded(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int length = content.size();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    if (length < 0x80) {
      all.write(length);
    } else {
      int count = (39 - Integer.numberOfLeadingZeros(length)) / 8;
      all.write(0x80 | count);
      for (int i = count - 1; i >= 0; i--) {
        all.write(length >> 8 * i);
      }
    }
    all.writeBytes(content.toByteArray());
    return all.toByteArray();
  }

  /** A text in UTF-8; null if the value is of no type that OpenSSL folds. */
  private static byte @Nullable [] text(Element value) {
    Charset charset;
    switch (value.tag) {
      case UTF8_STRING -> charset = StandardCharsets.UTF_8;
      case 0x13, 0x16, 0x1a -> charset = StandardCharsets.US_ASCII; // printable, IA5, visible
      case 0x14 -> charset = StandardCharsets.ISO_8859_1; // teletex, as everybody uses it
      case 0x1c -> charset = StandardCharsets.UTF_32BE; // universal
      case 0x1e -> charset = StandardCharsets.UTF_16BE; // BMP
      default -> {
        return null;
      }
    }
    return new String(value.bytes(), charset).getBytes(StandardCharsets.UTF_8);
  }

  /** OpenSSL folds ASCII only. */
  private static byte[] fold(byte[] text) {
    ByteArrayOutputStream folded = new ByteArrayOutputStream();
    boolean blank = false;
    for (byte b : text) {
      if (b == ' ' || b >= '\t' && b <= '\r') {
        blank = folded.size() > 0;
        continue;
      }
      if (blank) {
        folded.write(' ');
        blank = false;
      }
      folded.write(b >= 'A' && b <= 'Z' ? b + 'a' - 'A' : b);
    }
    return folded.toByteArray();
  }
}
