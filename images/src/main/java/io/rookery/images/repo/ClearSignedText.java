package io.rookery.images.repo;

import io.rookery.images.BadSignatureException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A text in OpenPGP's cleartext signature framework (RFC 9580, section 7), taken apart. Nothing may
 * stand before the text or after its signature, so that what is read is what was signed.
 */
final class ClearSignedText {
  private static final String BEGIN_MESSAGE = "-----BEGIN PGP SIGNED MESSAGE-----";
  private static final String BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
  private static final String END_SIGNATURE = "-----END PGP SIGNATURE-----";

  private final String text;
  private final byte[] signedBytes;
  private final byte[] armoredSignature;

  private ClearSignedText(String text, byte[] signedBytes, byte[] armoredSignature) {
    this.text = text;
    this.signedBytes = signedBytes;
    this.armoredSignature = armoredSignature;
  }

  /** The text, trailing blanks of its lines taken off. */
  String text() {
    return text;
  }

  /** What the signature covers: the lines parted by CR LF. */
  byte[] signedBytes() {
    return signedBytes;
  }

  byte[] armoredSignature() {
    return armoredSignature;
  }

  static ClearSignedText parse(byte[] file, String name) {
    // One char per byte: signed bytes must come out exactly as they came in.
    String[] lines = new String(file, StandardCharsets.ISO_8859_1).split("\n", -1);
    if (!trimEnd(lines[0]).equals(BEGIN_MESSAGE)) {
      throw new BadSignatureException(name + ": is not a clear-signed OpenPGP message");
    }
    int at = skipHeaders(lines, name);
    List<String> body = new ArrayList<>();
    for (; !lineAt(lines, at, name).equals(BEGIN_SIGNATURE); at++) {
      String line = lineAt(lines, at, name);
      if (line.startsWith("- ")) {
        line = line.substring(2);
      } else if (line.startsWith("-")) {
        throw new BadSignatureException(
            name + ", line " + (at + 1) + ": a dash that is not escaped inside the signed text");
      }
      body.add(line);
    }
    StringBuilder signature = new StringBuilder();
    for (; !lineAt(lines, at, name).equals(END_SIGNATURE); at++) {
      signature.append(lineAt(lines, at, name)).append('\n');
    }
    signature.append(END_SIGNATURE).append('\n');
    for (at++; at < lines.length; at++) {
      if (!trimEnd(lines[at]).isEmpty()) {
        throw new BadSignatureException(
            name + ", line " + (at + 1) + ": text after the end of the signature");
      }
    }
    byte[] signed = String.join("\r\n", body).getBytes(StandardCharsets.ISO_8859_1);
    byte[] plain = String.join("\n", body).getBytes(StandardCharsets.ISO_8859_1);
    return new ClearSignedText(
        new String(plain, StandardCharsets.UTF_8),
        signed,
        signature.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Only "Hash" headers are allowed; the text starts after the first empty line. */
  private static int skipHeaders(String[] lines, String name) {
    int at = 1;
    for (; !lineAt(lines, at, name).isEmpty(); at++) {
      if (!lineAt(lines, at, name).startsWith("Hash: ")) {
        throw new BadSignatureException(
            name + ", line " + (at + 1) + ": expected a \"Hash:\" header, found something else");
      }
    }
    return at + 1;
  }

  private static String lineAt(String[] lines, int at, String name) {
    if (at >= lines.length) {
      throw new BadSignatureException(name + ": cut off before the end of its signature");
    }
    return trimEnd(lines[at]);
  }

  /** Trailing blanks are not signed (RFC 9580, section 7.2). */
  private static String trimEnd(String line) {
    int end = line.length();
    while (end > 0 && " \t\r".indexOf(line.charAt(end - 1)) >= 0) {
      end--;
    }
    return line.substring(0, end);
  }
}
