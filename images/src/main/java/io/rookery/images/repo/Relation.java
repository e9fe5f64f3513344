package io.rookery.images.repo;

import io.rookery.images.BadArchiveException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One package named in a relation field such as Depends, with a version it must have (Debian Policy
 * 7.1). A field is a list of groups, a group a list of alternatives.
 *
 * @param name the package, real or virtual
 * @param operator one of {@code << <= = >= >>}, or null for any version
 * @param version the version compared with, null together with the operator
 */
public record Relation(String name, @Nullable String operator, @Nullable DebianVersion version) {
  // Architecture lists [..] and build profiles <..> do not occur in binary packages.
  private static final Pattern SYNTAX =
      Pattern.compile(
          "([a-zA-Z0-9][a-zA-Z0-9+.\\-_]*)(?::[a-z0-9\\-]+)?\\s*"
              + "(?:\\(\\s*(<<|<=|=|>=|>>|<|>)\\s*([0-9A-Za-z][^\\s)]*)\\s*\\))?");

  /** Parses a field's value: groups parted by commas, alternatives by bars. */
  static List<List<Relation>> parseField(@Nullable String field) {
    List<List<Relation>> groups = new ArrayList<>();
    if (field == null) {
      return groups;
    }
    for (String group : field.split(",", -1)) {
      if (group.isBlank()) {
        continue;
      }
      List<Relation> alternatives = new ArrayList<>();
      for (String alternative : group.split("\\|", -1)) {
        alternatives.add(parse(alternative.strip()));
      }
      groups.add(List.copyOf(alternatives));
    }
    return groups;
  }

  private static Relation parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new BadArchiveException("expected a package relation, found \"" + text + "\"");
    }
    String name = matcher.group(1);
    String operator = matcher.group(2);
    String version = matcher.group(3);
    if (name == null) {
      throw new BadArchiveException("expected a package name, found \"" + text + "\"");
    }
    return operator == null || version == null
        ? new Relation(name, null, null)
        : new Relation(name, operator, DebianVersion.parse(version));
  }

  /** Whether a package of this version, under the name of this relation, fulfils it. */
  boolean accepts(@Nullable DebianVersion found) {
    if (operator == null || version == null) {
      return true;
    }
    if (found == null) { // an unversioned Provides fulfils no versioned relation
      return false;
    }
    int order = found.compareTo(version);
    return switch (operator) {
      case "<<" -> order < 0;
      case "<=", "<" -> order <= 0; // the obsolete < and > include equality (Policy 7.1)
      case "=" -> order == 0;
      case ">=", ">" -> order >= 0;
      default -> order > 0;
    };
  }

  @Override
  public String toString() {
    return operator == null ? name : name + " (" + operator + " " + version + ")";
  }
}
