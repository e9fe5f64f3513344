package io.rookery.images.deb;

import io.airlift.compress.zstd.ZstdInputStream;
import io.rookery.images.BadArchiveException;
import io.rookery.images.repo.BoundedInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * A binary package (deb(5)): an ar archive of {@code debian-binary}, {@code control.tar} and {@code
 * data.tar}, the latter two plain or compressed by gzip, xz or zstd.
 */
public final class DebFile {
  private static final long MAX_CONTROL = 32L << 20;
  private static final int MAX_CONTROL_FILES = 1000;
  private static final long MAX_DATA = 1L << 36;
  private static final int XZ_MEMORY_KIB = 256 << 10;

  private DebFile() {}

  /** A member of {@code control.tar}. */
  public static final class ControlFile {
    private final byte[] bytes;
    private final int mode;

    ControlFile(byte[] bytes, int mode) {
      this.bytes = bytes;
      this.mode = mode;
    }

    /** The contents; the array is shared. */
    public byte[] bytes() {
      return bytes;
    }

    /** The contents as text. */
    public String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Permission bits. */
    public int mode() {
      return mode;
    }
  }

  /** Receives a package. */
  public interface Visitor {
    /** The members of {@code control.tar} by name, before any file. */
    void control(Map<String, ControlFile> files) throws IOException;

    /** A file to install, in the archive's order; the contents end with the call. */
    void entry(TarArchiveEntry entry, InputStream contents) throws IOException;
  }

  /**
   * Reads a package.
   *
   * @param name of the package, for messages
   * @throws BadArchiveException if it is malformed
   * @throws IOException from the file or the visitor
   */
  public static void read(Path file, String name, Visitor visitor) throws IOException {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        InputStream in = new BoundedInputStream(raw, name, Long.MAX_VALUE)) {
      ArInput ar = new ArInput(in, name);
      boolean versionSeen = false;
      boolean controlSeen = false;
      for (ArInput.Member member = ar.next(); member != null; member = ar.next()) {
        if (!versionSeen) {
          checkVersion(member, name);
          versionSeen = true;
        } else if (member.name().startsWith("control.tar") && !controlSeen) {
          visitor.control(readControl(member, name));
          controlSeen = true;
        } else if (member.name().startsWith("data.tar") && controlSeen) {
          readData(member, name, visitor);
          return;
        } else if (!member.name().startsWith("_")) { // deb(5): those may be ignored
          throw new BadArchiveException(name + ": an unexpected member " + member.name());
        }
      }
      throw new BadArchiveException(
          name + ": has no " + (controlSeen ? "data.tar" : "control.tar"));
    }
  }

  private static void checkVersion(ArInput.Member member, String name) throws IOException {
    String version = new String(member.readNBytes(16), StandardCharsets.ISO_8859_1);
    if (!member.name().equals("debian-binary") || !version.startsWith("2.")) {
      throw new BadArchiveException(name + ": expected package format 2, found " + version.strip());
    }
  }

  private static Map<String, ControlFile> readControl(ArInput.Member member, String name)
      throws IOException {
    Map<String, ControlFile> files = new LinkedHashMap<>();
    String where = name + ", " + member.name();
    try (var unpacked = new BoundedInputStream(decompress(member, where), where, MAX_CONTROL);
        var tar = new TarArchiveInputStream(unpacked)) {
      for (TarArchiveEntry e = nextEntry(tar, where); e != null; e = nextEntry(tar, where)) {
        String path = e.getName().replaceFirst("^\\./", "");
        if (e.isFile() && !path.contains("/")) {
          files.put(path, new ControlFile(tar.readAllBytes(), e.getMode() & 0777));
        }
        if (files.size() > MAX_CONTROL_FILES) {
          throw new BadArchiveException(where + ": more than " + MAX_CONTROL_FILES + " files");
        }
      }
      drain(unpacked);
    }
    if (!files.containsKey("control")) {
      throw new BadArchiveException(where + ": has no control file");
    }
    return files;
  }

  private static void readData(ArInput.Member member, String name, Visitor visitor)
      throws IOException {
    String where = name + ", " + member.name();
    try (var unpacked = new BoundedInputStream(decompress(member, where), where, MAX_DATA);
        var tar = new TarArchiveInputStream(unpacked);
        var contents = new BoundedInputStream(tar, where, MAX_DATA)) {
      for (TarArchiveEntry e = nextEntry(tar, where); e != null; e = nextEntry(tar, where)) {
        visitor.entry(e, contents);
      }
      drain(unpacked);
    }
  }

  /** The decompressor's own checksum comes after the end that tar sees. */
  private static void drain(InputStream in) throws IOException {
    in.transferTo(OutputStream.nullOutputStream());
  }

  private static @Nullable TarArchiveEntry nextEntry(TarArchiveInputStream tar, String where) {
    try {
      return tar.getNextEntry();
    } catch (IOException | IllegalArgumentException e) {
      throw new BadArchiveException(where + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static InputStream decompress(ArInput.Member member, String where) {
    String name = member.name();
    String ending = name.substring(name.indexOf(".tar") + ".tar".length());
    try {
      return switch (ending) {
        case "" -> member;
        case ".gz" -> new GZIPInputStream(member, 1 << 16);
        case ".xz" -> new XZInputStream(member, XZ_MEMORY_KIB);
        case ".zst" -> new ZstdInputStream(member);
        default -> throw new BadArchiveException(where + ": an unknown kind of compression");
      };
    } catch (IOException e) {
      throw new BadArchiveException(where + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
