package io.rookery.images.repo;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One package version of a Packages index. */
public final class PackageEntry {
  /** The fields that are kept of an index of some 60,000 packages. */
  static final Set<String> FIELDS =
      Set.of(
          "Package",
          "Version",
          "Architecture",
          "Essential",
          "Priority",
          "Pre-Depends",
          "Depends",
          "Conflicts",
          "Breaks",
          "Provides",
          "Filename",
          "Size",
          "SHA256",
          "Installed-Size");

  private final Map<String, String> fields;
  private final URI archive;
  private final String name;
  private final DebianVersion version;

  PackageEntry(Map<String, String> fields, URI archive) {
    this.fields = fields;
    this.archive = archive;
    this.name = fields.getOrDefault("Package", "");
    this.version = DebianVersion.parse(fields.getOrDefault("Version", ""));
  }

  public String name() {
    return name;
  }

  public DebianVersion version() {
    return version;
  }

  public String architecture() {
    return fields.getOrDefault("Architecture", "");
  }

  /** The root of the archive that {@link #filename} is relative to. */
  public URI archive() {
    return archive;
  }

  public String filename() {
    return fields.getOrDefault("Filename", "");
  }

  public String sha256() {
    return fields.getOrDefault("SHA256", "").toLowerCase(Locale.ROOT);
  }

  /** Size of the package file in bytes, -1 if the index does not say. */
  public long size() {
    return number("Size");
  }

  /** Estimated size of the installed files in KiB, 0 if the index does not say. */
  public long installedKiB() {
    return Math.max(0, number("Installed-Size"));
  }

  boolean essential() {
    return "yes".equalsIgnoreCase(fields.get("Essential"));
  }

  /** Smaller is more important: the order in which providers of a virtual package are tried. */
  int priorityRank() {
    return switch (fields.getOrDefault("Priority", "optional")) {
      case "required" -> 0;
      case "important" -> 1;
      case "standard" -> 2;
      default -> 3;
    };
  }

  /** Pre-Depends and Depends, as groups of alternatives. */
  List<List<Relation>> dependencies() {
    List<List<Relation>> all = Relation.parseField(fields.get("Pre-Depends"));
    all.addAll(Relation.parseField(fields.get("Depends")));
    return all;
  }

  /** Conflicts and Breaks: what may not be in the same image. */
  List<Relation> exclusions() {
    List<List<Relation>> all = Relation.parseField(fields.get("Conflicts"));
    all.addAll(Relation.parseField(fields.get("Breaks")));
    return all.stream().flatMap(List::stream).toList();
  }

  List<Relation> provides() {
    return Relation.parseField(fields.get("Provides")).stream().flatMap(List::stream).toList();
  }

  /** Whether this package is, or provides, what a relation names. */
  boolean fulfils(Relation relation) {
    if (relation.name().equals(name)) {
      if (relation.accepts(version)) {
        return true;
      }
    }
    return fields.containsKey("Provides")
        && provides().stream()
            .anyMatch(p -> p.name().equals(relation.name()) && relation.accepts(p.version()));
  }

  private long number(String field) {
    @Nullable String text = fields.get(field);
    return text != null && text.matches("\\d{1,15}") ? Long.parseLong(text) : -1;
  }

  @Override
  public String toString() {
    return name + " " + version;
  }
}
