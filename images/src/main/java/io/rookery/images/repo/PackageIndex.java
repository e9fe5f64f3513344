package io.rookery.images.repo;

import io.rookery.images.BadArchiveException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All packages of the suites that are read, one candidate version per name: the highest, as apt
 * would choose among sources of one priority.
 */
public final class PackageIndex {
  private static final Comparator<PackageEntry> PROVIDER_ORDER =
      Comparator.comparingInt(PackageEntry::priorityRank).thenComparing(PackageEntry::name);

  private final Map<String, PackageEntry> candidates = new HashMap<>();
  private final Map<String, List<PackageEntry>> providers = new HashMap<>();
  private boolean providersKnown;

  /** Adds the packages of one Packages file. */
  void read(InputStream packages, String name, URI archive) throws IOException {
    var reader = new ControlReader(packages, name, PackageEntry.FIELDS::contains);
    for (Map<String, String> fields = reader.next(); fields != null; fields = reader.next()) {
      PackageEntry entry = new PackageEntry(fields, archive);
      validate(entry, name);
      candidates.merge(
          entry.name(),
          entry,
          (old, found) -> found.version().compareTo(old.version()) > 0 ? found : old);
    }
    providersKnown = false;
  }

  private static void validate(PackageEntry entry, String name) {
    if (!entry.name().matches("[a-zA-Z0-9][a-zA-Z0-9+.\\-]*")
        || entry.size() < 0
        || !entry.sha256().matches("[0-9a-f]{64}")
        || !isSafePath(entry.filename())) {
      throw new BadArchiveException(
          name
              + ": the entry of package \""
              + entry.name()
              + "\" lacks a valid name, size, hash or file");
    }
  }

  private static boolean isSafePath(String path) {
    return !path.isEmpty()
        && !path.startsWith("/")
        && List.of(path.split("/", -1)).stream().noneMatch(p -> p.isEmpty() || p.equals(".."));
  }

  @Nullable PackageEntry candidate(String name) {
    return candidates.get(name);
  }

  Collection<PackageEntry> all() {
    return candidates.values();
  }

  /** What fulfils a relation: the package of that name first, then those that provide it. */
  List<PackageEntry> fulfilling(Relation relation) {
    List<PackageEntry> found = new ArrayList<>();
    PackageEntry real = candidates.get(relation.name());
    if (real != null && relation.accepts(real.version())) {
      found.add(real);
    }
    for (PackageEntry provider : providers().getOrDefault(relation.name(), List.of())) {
      if (provider != real && provider.fulfils(relation)) {
        found.add(provider);
      }
    }
    return found;
  }

  private Map<String, List<PackageEntry>> providers() {
    if (!providersKnown) {
      providers.clear();
      for (PackageEntry entry : candidates.values()) {
        for (Relation provided : entry.provides()) {
          providers.computeIfAbsent(provided.name(), _ -> new ArrayList<>()).add(entry);
        }
      }
      providers.values().forEach(list -> list.sort(PROVIDER_ORDER));
      providersKnown = true;
    }
    return providers;
  }
}
