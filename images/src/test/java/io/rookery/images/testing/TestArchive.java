package io.rookery.images.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/** A tiny Debian archive, made in memory: its files by path. */
public final class TestArchive {
  /** When the archive says it was published. */
  public static final Instant DATE = Instant.parse("2024-05-06T07:08:09Z");

  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final TestSigner signer;
  private final String suite;
  private final List<TestPackage> packages = new ArrayList<>();
  private final Map<String, String> release = new TreeMap<>();
  private boolean byHash;

  /** An archive of one suite. */
  public TestArchive(TestSigner signer, String suite) {
    this.signer = signer;
    this.suite = suite;
    release.put("Origin", "Test");
    release.put("Suite", "stable");
    release.put("Codename", suite);
    release.put("Date", date(DATE));
  }

  public TestArchive add(TestPackage... more) {
    packages.addAll(List.of(more));
    return this;
  }

  /** Sets a field of the Release file. */
  public TestArchive release(String field, String value) {
    release.put(field, value);
    return this;
  }

  public TestArchive byHash() {
    byHash = true;
    return release("Acquire-By-Hash", "yes");
  }

  /** A date as Release files have it. */
  public static String date(Instant instant) {
    return FORMAT.format(instant);
  }

  /** The archive's files. */
  public Map<String, byte[]> build() {
    Map<String, byte[]> files = new ConcurrentHashMap<>();
    StringBuilder index = new StringBuilder();
    for (TestPackage item : packages) {
      byte[] deb = item.build();
      String path = "pool/main/" + item.name() + "_" + item.fields().get("Version") + ".deb";
      files.put(path.replace(":", "%3a"), deb);
      item.fields()
          .forEach((field, value) -> index.append(field).append(": ").append(value).append('\n'));
      index.append("Filename: ").append(path.replace(":", "%3a")).append('\n');
      index.append("Size: ").append(deb.length).append('\n');
      index.append("SHA256: ").append(sha256(deb)).append("\n\n");
    }
    byte[] packed = gzip(index.toString().getBytes(StandardCharsets.UTF_8));
    String folder = "dists/" + suite + "/";
    String place = "main/binary-amd64/";
    files.put(
        folder + place + (byHash ? "by-hash/SHA256/" + sha256(packed) : "Packages.gz"), packed);
    StringBuilder text = new StringBuilder();
    release.forEach((field, value) -> text.append(field).append(": ").append(value).append('\n'));
    text.append("SHA256:\n ").append(sha256(packed)).append(' ').append(packed.length);
    text.append(' ').append(place).append("Packages.gz\n");
    files.put(folder + "InRelease", signer.clearSign(text.toString()));
    return files;
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
