package io.rookery.images.repo;

import io.rookery.images.BadArchiveException;
import io.rookery.images.BuildListener;
import io.rookery.images.BuildListener.Phase;
import io.rookery.images.MirrorUnavailableException;
import io.rookery.images.fetch.DownloadCache;
import io.rookery.images.fetch.Fetcher;
import io.rookery.images.fetch.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** Reads and verifies a suite's indexes: InRelease, and each Packages file below it. */
public final class Repository {
  private static final int MAX_RELEASE = 16 << 20;
  private static final long MAX_PACKAGES = 1L << 29;
  private static final int XZ_MEMORY_KIB = 256 << 10;

  private final Fetcher fetcher;
  private final DownloadCache cache;
  private final BuildListener listener;
  private final Trust trust;
  private final PackageIndex index = new PackageIndex();
  private final List<String> tried = new ArrayList<>();
  private final List<ArchiveSource> found = new ArrayList<>();
  private Instant newest = Instant.EPOCH;

  /**
   * What is believed.
   *
   * @param keys that may sign
   * @param now the present
   * @param checkValidUntil whether an expired index is refused
   */
  public record Trust(KeyRing keys, Instant now, boolean checkValidUntil) {}

  /** Creates a reader. */
  public Repository(Fetcher fetcher, DownloadCache cache, BuildListener listener, Trust trust) {
    this.fetcher = fetcher;
    this.cache = cache;
    this.listener = listener;
    this.trust = trust;
  }

  /** The sources that were read. */
  public List<ArchiveSource> sources() {
    return List.copyOf(found);
  }

  /** When the newest of the suites read was published. */
  public Instant published() {
    return newest;
  }

  /**
   * Reads the packages of all sources for an architecture.
   *
   * @throws MirrorUnavailableException if the main suite cannot be had
   */
  public PackageIndex read(List<ArchiveSource> sources, String suite, String arch) {
    boolean mainFound = false;
    for (ArchiveSource source : sources) {
      boolean found = readSuite(source, arch);
      mainFound |= found && source.suite().equals(suite);
    }
    if (!mainFound) {
      throw new MirrorUnavailableException("no mirror carries suite " + suite, tried);
    }
    return index;
  }

  private boolean readSuite(ArchiveSource source, String arch) {
    URI uri = source.inSuite("InRelease");
    String name = ArchiveSource.shown(uri);
    listener.progress(Phase.INDEX, source.suite(), 0, 0);
    byte[] file;
    try {
      file = fetcher.read(uri, MAX_RELEASE);
    } catch (NotFoundException e) {
      tried.add(name + ": " + e.getMessage());
      if (source.required()) {
        throw new MirrorUnavailableException("a mirror lacks suite " + source.suite(), tried);
      }
      listener.note("not there, left out: " + name);
      return false;
    }
    String text = trust.keys().verify(file, name, trust.now());
    ReleaseFile release = ReleaseFile.parse(text, name);
    release.requireSuite(source.suite());
    release.requireCurrent(trust.now(), trust.checkValidUntil());
    newest = release.date().isAfter(newest) ? release.date() : newest;
    readPackages(source, release, arch);
    found.add(source);
    return true;
  }

  private void readPackages(ArchiveSource source, ReleaseFile release, String arch) {
    String base = "main/binary-" + arch + "/";
    for (String ending : List.of(".xz", ".gz", "")) {
      String path = base + "Packages" + ending;
      ReleaseFile.Digest digest = release.digest(path);
      if (digest == null) {
        continue;
      }
      String name = ArchiveSource.shown(source.inSuite(path));
      Path file = get(source, release, base, path, digest);
      try (InputStream in = decompress(Files.newInputStream(file), ending)) {
        index.read(new BoundedInputStream(in, name, MAX_PACKAGES), name, source.archive());
      } catch (IOException e) {
        throw new BadArchiveException(name + ": cannot be unpacked: " + e.getMessage(), e);
      }
      return;
    }
    throw new BadArchiveException(
        ArchiveSource.shown(source.inSuite("InRelease")) + ": lists no packages for " + arch);
  }

  private Path get(
      ArchiveSource source,
      ReleaseFile release,
      String base,
      String path,
      ReleaseFile.Digest digest) {
    List<String> paths = new ArrayList<>();
    if (release.hasByHash()) {
      paths.add(base + "by-hash/SHA256/" + digest.sha256());
    }
    paths.add(path);
    List<String> missing = new ArrayList<>();
    for (String candidate : paths) {
      URI uri = source.inSuite(candidate);
      try {
        return cache.get(
            uri,
            digest.sha256(),
            digest.size(),
            done -> listener.progress(Phase.INDEX, source.suite(), done, digest.size()));
      } catch (NotFoundException e) {
        missing.add(ArchiveSource.shown(uri) + ": " + e.getMessage());
      }
    }
    throw new MirrorUnavailableException("a mirror lacks its own package index", missing);
  }

  private static InputStream decompress(InputStream in, String ending) throws IOException {
    return switch (ending) {
      case ".xz" -> new XZInputStream(in, XZ_MEMORY_KIB);
      case ".gz" -> new GZIPInputStream(in, 1 << 16);
      default -> in;
    };
  }
}
