package io.rookery.images.repo;

import io.rookery.images.MissingPackageException;
import io.rookery.images.PackageConflictException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Chooses the packages of an image: those asked for, the essential ones, and all that these need.
 * Each group of alternatives takes what is chosen already, else the first that can be fulfilled.
 */
public final class DependencyResolver {
  private final PackageIndex index;

  /** The essential packages and those asked for: they win where alternatives are weighed. */
  private final Collection<PackageEntry> preferred;

  private final Map<String, PackageEntry> chosen = new LinkedHashMap<>();
  private final Deque<String> chain = new ArrayDeque<>();

  /** Why a package cannot be had; it stays so, since exclusions are only looked at in the end. */
  private final Map<String, MissingPackageException> impossible = new HashMap<>();

  /**
   * What fulfils usrmerge(1)'s dependents when /usr was merged from the start: without it, the
   * package that merges an old system would be chosen.
   */
  private static final String MERGED_USR = "usr-is-merged";

  private DependencyResolver(PackageIndex index, Collection<PackageEntry> preferred) {
    this.index = index;
    this.preferred = preferred;
  }

  /**
   * Chooses packages.
   *
   * @param include names asked for, which also decide between alternatives
   * @return the packages by name, those that others depend on first where there is no cycle
   * @throws MissingPackageException naming the chain to what is missing
   * @throws PackageConflictException if two chosen packages exclude each other
   */
  public static List<PackageEntry> resolve(PackageIndex index, Collection<String> include) {
    List<PackageEntry> essential =
        index.all().stream()
            .filter(PackageEntry::essential)
            .sorted(Comparator.comparing(PackageEntry::name))
            .toList();
    List<Relation> asked = new ArrayList<>();
    include.forEach(text -> Relation.parseField(text).forEach(asked::addAll));
    List<PackageEntry> preferred = new ArrayList<>();
    Stream.concat(asked.stream().map(Relation::name), Stream.of(MERGED_USR))
        .map(index::candidate)
        .filter(Objects::nonNull)
        .forEach(preferred::add);
    preferred.addAll(essential);
    var resolver = new DependencyResolver(index, preferred);
    essential.forEach(resolver::choose);
    asked.forEach(relation -> resolver.fulfil(List.of(relation)));
    List<PackageEntry> result = List.copyOf(resolver.chosen.values());
    checkExclusions(result);
    return result;
  }

  /** Adds a package and what it needs, or nothing at all. */
  private void choose(PackageEntry entry) {
    if (chosen.containsKey(entry.name())) {
      return;
    }
    MissingPackageException known = impossible.get(entry.name());
    if (known != null) {
      throw known;
    }
    Map<String, PackageEntry> before = new LinkedHashMap<>(chosen);
    chosen.put(entry.name(), entry);
    chain.addLast(entry.name());
    try {
      for (List<Relation> group : entry.dependencies()) {
        fulfil(group);
      }
      // Move it behind what it depends on.
      chosen.remove(entry.name());
      chosen.put(entry.name(), entry);
    } catch (MissingPackageException e) {
      chosen.clear();
      chosen.putAll(before);
      impossible.put(entry.name(), e);
      throw e;
    } finally {
      chain.removeLast();
    }
  }

  private void fulfil(List<Relation> group) {
    for (Relation alternative : group) {
      if (chosen.values().stream().anyMatch(entry -> entry.fulfils(alternative))) {
        return;
      }
    }
    for (Relation alternative : group) {
      for (PackageEntry entry : preferred) {
        if (entry.fulfils(alternative)) {
          choose(entry);
          return;
        }
      }
    }
    MissingPackageException first = null;
    for (Relation alternative : group) {
      for (PackageEntry candidate : index.fulfilling(alternative)) {
        try {
          choose(candidate);
          return;
        } catch (MissingPackageException e) {
          first = first == null ? e : first;
        }
      }
    }
    throw first == null ? missing(group) : first;
  }

  private MissingPackageException missing(List<Relation> group) {
    String wanted = group.stream().map(Relation::toString).collect(Collectors.joining(" | "));
    List<String> path = new ArrayList<>(chain);
    path.add(wanted);
    StringBuilder message = new StringBuilder("no package fulfils " + wanted);
    if (!chain.isEmpty()) {
      message.append(", needed by ").append(String.join(" → ", chain));
    }
    for (Relation relation : group) {
      PackageEntry other = index.candidate(relation.name());
      if (other != null) {
        message.append("; the archive has ").append(other);
      }
    }
    return new MissingPackageException(message.toString(), path);
  }

  private static void checkExclusions(List<PackageEntry> packages) {
    for (PackageEntry entry : packages) {
      for (Relation exclusion : entry.exclusions()) {
        for (PackageEntry other : packages) {
          if (other != entry && other.fulfils(exclusion)) {
            throw new PackageConflictException(
                entry + " excludes " + exclusion + ", but " + other + " is needed as well");
          }
        }
      }
    }
  }
}
