package io.rookery.images.fetch;

import io.rookery.images.HashMismatchException;
import io.rookery.images.repo.ArchiveSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * A folder of files under their SHA-256. A file gets its name only after its hash was checked, and
 * is checked again whenever it is used, so that neither a mirror nor a crash can poison it. Several
 * processes may share a folder.
 */
public final class DownloadCache {
  private static final String PARTIAL = ".part-";

  /** No download takes this long without a byte being written. */
  private static final Duration LEFTOVER_AGE = Duration.ofDays(1);

  private final Path folder;
  private final Fetcher fetcher;

  /** Uses a folder, which is made when needed. */
  public DownloadCache(Path folder, Fetcher fetcher) {
    this.folder = folder.resolve("sha256");
    this.fetcher = fetcher;
  }

  /** Deletes what processes that were killed have left half downloaded. */
  public void deleteLeftovers() {
    Instant old = Instant.now().minus(LEFTOVER_AGE);
    try (Stream<Path> files = Files.find(folder, 2, (file, what) -> isLeftover(file, what, old))) {
      files.forEach(DownloadCache::deleteQuietly);
    } catch (IOException | UncheckedIOException e) {
      // The folder is not there yet, or another process cleans it as well.
    }
  }

  private static boolean isLeftover(Path file, BasicFileAttributes what, Instant old) {
    return what.isRegularFile()
        && file.getFileName().toString().contains(PARTIAL)
        && what.lastModifiedTime().toInstant().isBefore(old);
  }

  /** The place of a file in the cache, whether it is there or not. */
  private Path place(String sha256) {
    return folder.resolve(sha256.substring(0, 2)).resolve(sha256);
  }

  /**
   * A file of this hash and size, from the cache or from an address.
   *
   * @param progress told how many of the bytes are there
   * @throws NotFoundException if the archive does not have it
   * @throws HashMismatchException if what the archive has is something else
   */
  public Path get(URI uri, String sha256, long size, LongConsumer progress)
      throws NotFoundException {
    Path file = place(sha256);
    if (HostFileException.guard(file, () -> isIntact(file, sha256, size))) {
      progress.accept(size);
      return file;
    }
    // The process id keeps two processes from writing the same partial file.
    Path partial = file.resolveSibling(sha256 + PARTIAL + ProcessHandle.current().pid());
    HostFileException.guard(partial, () -> Files.createDirectories(partial.getParent()));
    try {
      fetcher.download(uri, partial, size, progress);
      String found = HostFileException.guard(partial, () -> hash(partial));
      if (!found.equals(sha256)) {
        throw new HashMismatchException(
            ArchiveSource.shown(uri), "SHA-256 " + sha256, "SHA-256 " + found);
      }
      HostFileException.guard(
          file,
          () ->
              Files.move(
                  partial,
                  file,
                  StandardCopyOption.ATOMIC_MOVE,
                  StandardCopyOption.REPLACE_EXISTING));
    } finally {
      deleteQuietly(partial);
    }
    return file;
  }

  private static boolean isIntact(Path file, String sha256, long size) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == size && hash(file).equals(sha256);
  }

  private static String hash(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A leftover partial file is never read; the next download overwrites it.
    }
  }
}
