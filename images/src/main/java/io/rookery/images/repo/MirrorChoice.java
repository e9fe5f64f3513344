package io.rookery.images.repo;

import io.rookery.images.MirrorUnavailableException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides where packages come from; no address is built in. */
public final class MirrorChoice {
  /** The environment variable that names a mirror. */
  public static final String VARIABLE = "ROOKERY_DEBIAN_MIRROR";

  private MirrorChoice() {}

  /**
   * The sources of a suite: from the mirrors given, else from the variable, else from the host's
   * apt.
   *
   * @param explicit addresses parted by blanks or commas, or null
   * @param variable the value of {@link #VARIABLE}, or null
   * @param aptFolder apt's configuration folder, which need not exist
   * @throws MirrorUnavailableException if none of the three names a mirror
   */
  public static List<ArchiveSource> choose(
      String suite, @Nullable String explicit, @Nullable String variable, Path aptFolder) {
    if (explicit != null && !explicit.isBlank()) {
      return fromText(suite, explicit, "the mirror option");
    }
    if (variable != null && !variable.isBlank()) {
      return fromText(suite, variable, VARIABLE);
    }
    AptSources apt = AptSources.read(aptFolder);
    List<ArchiveSource> sources = apt.forSuite(suite);
    if (sources.isEmpty()) {
      List<String> tried = new ArrayList<>();
      tried.add("the mirror option: not given");
      tried.add("the variable " + VARIABLE + ": not set");
      tried.add(
          apt.filesRead().isEmpty()
              ? aptFolder + ": this host has no apt sources"
              : String.join(", ", apt.filesRead()) + ": no Debian archive with component main");
      throw new MirrorUnavailableException(
          "no mirror for "
              + suite
              + ": give the address of a Debian mirror (http, https or file, the folder that holds"
              + " \"dists\") by the mirror option or the variable "
              + VARIABLE,
          tried);
    }
    return sources;
  }

  /** Each mirror is asked for the suite, its updates and its security suite. */
  private static List<ArchiveSource> fromText(String suite, String text, String origin) {
    List<ArchiveSource> sources = new ArrayList<>();
    for (String word : text.strip().split("[\\s,]+", -1)) {
      URI archive;
      try {
        archive = URI.create(word.endsWith("/") ? word : word + "/");
      } catch (IllegalArgumentException e) {
        throw new MirrorUnavailableException(
            origin + " is no address: " + word, List.of(word + ": " + e.getMessage()));
      }
      String scheme = archive.getScheme();
      if (scheme == null || !List.of("http", "https", "file").contains(scheme)) {
        throw new MirrorUnavailableException(
            origin + " must be an address that starts with http:, https: or file:",
            List.of(ArchiveSource.shown(archive)));
      }
      for (String ending : List.of("", "-updates", "-security")) {
        sources.add(new ArchiveSource(archive, suite + ending, false));
      }
    }
    return sources;
  }
}
