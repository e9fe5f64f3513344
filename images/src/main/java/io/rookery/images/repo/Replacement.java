package io.rookery.images.repo;

import java.util.List;
import java.util.Map;

/** Which of two packages may overwrite the other's files (Debian Policy 7.6.1). */
public final class Replacement {
  private Replacement() {}

  /** Whether one package's Replaces names the other, both given by their control fields. */
  public static boolean allows(Map<String, String> replacing, Map<String, String> replaced) {
    String name = replaced.getOrDefault("Package", "");
    DebianVersion version = DebianVersion.parse(replaced.getOrDefault("Version", ""));
    return Relation.parseField(replacing.get("Replaces")).stream()
        .flatMap(List::stream)
        .anyMatch(relation -> relation.name().equals(name) && relation.accepts(version));
  }
}
