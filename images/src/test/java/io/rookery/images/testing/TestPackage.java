package io.rookery.images.testing;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** A package made for a test. */
public final class TestPackage {
  private static final class Entry {
    final TarArchiveEntry header;
    final byte[] contents;

    Entry(TarArchiveEntry header, byte[] contents) {
      this.header = header;
      this.contents = contents;
    }
  }

  private final String name;
  private final Map<String, String> fields = new LinkedHashMap<>();
  private final Map<String, String> control = new LinkedHashMap<>();
  private final List<Entry> entries = new ArrayList<>();
  private String compression = ".xz";

  /** A package of architecture all, version 1.0. */
  public TestPackage(String name) {
    this.name = name;
    fields.put("Package", name);
    fields.put("Version", "1.0");
    fields.put("Architecture", "all");
    fields.put("Maintainer", "Nobody <nobody@example.org>");
    fields.put("Description", "test\n more text");
    dir("");
  }

  public String name() {
    return name;
  }

  public Map<String, String> fields() {
    return fields;
  }

  public TestPackage field(String field, String value) {
    fields.put(field, value);
    return this;
  }

  public TestPackage version(String version) {
    return field("Version", version);
  }

  public TestPackage depends(String relations) {
    return field("Depends", relations);
  }

  public TestPackage essential() {
    return field("Essential", "yes");
  }

  /** One of "", ".gz", ".xz" and ".zst". */
  public TestPackage compression(String ending) {
    compression = ending;
    return this;
  }

  /** A member of control.tar. */
  public TestPackage control(String file, String text) {
    control.put(file, text);
    return this;
  }

  public TestPackage dir(String path) {
    return add(
        "./" + path + (path.isEmpty() ? "" : "/"), TarConstants.LF_DIR, 0755, "", new byte[0]);
  }

  public TestPackage file(String path, String text) {
    return file(path, 0644, text.getBytes(StandardCharsets.UTF_8));
  }

  public TestPackage file(String path, int mode, byte[] contents) {
    return add("./" + path, TarConstants.LF_NORMAL, mode, "", contents);
  }

  public TestPackage symlink(String path, String target) {
    return add("./" + path, TarConstants.LF_SYMLINK, 0777, target, new byte[0]);
  }

  public TestPackage hardLink(String path, String existing) {
    return add("./" + path, TarConstants.LF_LINK, 0644, "./" + existing, new byte[0]);
  }

  public TestPackage fifo(String path) {
    return add("./" + path, TarConstants.LF_FIFO, 0644, "", new byte[0]);
  }

  /** Any entry, with a name as it stands. */
  public TestPackage add(String tarName, byte type, int mode, String link, byte[] contents) {
    TarArchiveEntry entry = new TarArchiveEntry(tarName, type, true);
    entry.setMode(mode);
    entry.setLinkName(link);
    entry.setSize(contents.length);
    entry.setModTime(Instant.parse("2021-02-03T04:05:06Z").toEpochMilli());
    entries.add(new Entry(entry, contents));
    return this;
  }

  /** Sets the owner of the last entry. */
  public TestPackage owner(int uid, int gid) {
    entries.getLast().header.setUserId(uid);
    entries.getLast().header.setGroupId(gid);
    return this;
  }

  /** The package file. */
  public byte[] build() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("!<arch>\n".getBytes(StandardCharsets.US_ASCII));
    member(out, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
    List<Entry> controlEntries = new ArrayList<>();
    StringBuilder main = new StringBuilder();
    fields.forEach((field, value) -> main.append(field).append(": ").append(value).append('\n'));
    Map<String, String> files = new LinkedHashMap<>(control);
    files.put("control", main.toString());
    files.forEach(
        (file, text) -> {
          byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
          TarArchiveEntry entry = new TarArchiveEntry("./" + file, TarConstants.LF_NORMAL, true);
          entry.setMode(file.equals("postinst") ? 0755 : 0644);
          entry.setSize(bytes.length);
          controlEntries.add(new Entry(entry, bytes));
        });
    member(out, "control.tar" + compression, tar(controlEntries));
    member(out, "data.tar" + compression, tar(entries));
    return out.toByteArray();
  }

  private byte[] tar(List<Entry> all) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(compress(out), "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      for (Entry entry : all) {
        tar.putArchiveEntry(entry.header);
        tar.write(entry.contents);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  private OutputStream compress(OutputStream out) throws IOException {
    return switch (compression) {
      case ".gz" -> new GZIPOutputStream(out);
      case ".xz" -> new XZOutputStream(out, new LZMA2Options(1));
      case ".zst" -> new ZstdOutputStream(out);
      default -> out;
    };
  }

  private static void member(ByteArrayOutputStream out, String name, byte[] contents) {
    String header =
        String.format(
            Locale.ROOT,
            "%-16s%-12d%-6d%-6d%-8s%-10d`\n",
            name,
            0,
            0,
            0,
            "100644",
            contents.length);
    out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(contents);
    if (contents.length % 2 != 0) {
      out.write('\n');
    }
  }
}
