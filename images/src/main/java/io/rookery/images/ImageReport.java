package io.rookery.images;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a build has made.
 *
 * @param image the file
 * @param size of the file system in bytes; the file is sparse
 * @param published when the newest index used was published
 * @param downloadBytes size of all package files, cached ones included
 * @param elapsed how long it took
 */
public record ImageReport(
    Path image,
    String suite,
    String architecture,
    long size,
    List<InstalledPackage> packages,
    Instant published,
    long downloadBytes,
    Duration elapsed) {
  /** Copies the list. */
  public ImageReport {
    packages = List.copyOf(packages);
  }
}
