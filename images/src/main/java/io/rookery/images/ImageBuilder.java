package io.rookery.images;

import io.rookery.images.fetch.DownloadCache;
import io.rookery.images.fetch.Downloads;
import io.rookery.images.fetch.Fetcher;
import io.rookery.images.fetch.HostFileException;
import io.rookery.images.fetch.RetryPolicy;
import io.rookery.images.repo.ArchiveSource;
import io.rookery.images.repo.DependencyResolver;
import io.rookery.images.repo.MirrorChoice;
import io.rookery.images.repo.PackageEntry;
import io.rookery.images.repo.PackageIndex;
import io.rookery.images.repo.Repository;
import io.rookery.images.root.RootBuilder;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds a Debian root file system as an ext2 image, from a mirror alone.
 *
 * <p>Everything has a default: {@code ImageBuilder.debian().build(Path.of("root.ext2"))}. The
 * mirror is the one given, else that of the variable ROOKERY_DEBIAN_MIRROR, else the host's own apt
 * sources. Indexes are verified by OpenPGP signature, packages by SHA-256. Packages are unpacked,
 * and configured so far that programs run. Their maintainer scripts are not run, unless {@link
 * #configure} says so; {@code dpkg --configure -a} inside the guest does that later.
 *
 * <p>The image appears under its name only when it is complete. A builder is for one thread; one
 * may build several times.
 */
public final class ImageBuilder {
  /** What is in an image beside the essential packages and what all these need. */
  public static final List<String> DEFAULT_PACKAGES =
      List.of(
          "bash",
          "coreutils",
          "grep",
          "sed",
          "gawk",
          "findutils",
          "tar",
          "gzip",
          "procps",
          "python3",
          "perl-base",
          "ca-certificates");

  private static final long DEFAULT_SIZE = 2L << 30;
  private static final long MIN_SIZE = 1L << 20;
  private static final long MAX_SIZE = 1L << 42;
  private static final long GRAIN = 1L << 20;

  private final Set<String> include = new LinkedHashSet<>(DEFAULT_PACKAGES);
  private String suite = "bookworm";
  private String arch = "amd64";
  private @Nullable String mirror;
  private long size;
  private @Nullable Path cacheDir;
  private BuildListener listener = BuildListener.SILENT;
  private Clock clock = Clock.systemUTC();
  private @Nullable ArchiveKeys keys; // Debian's are read when needed: checking them takes a while
  private boolean checkValidUntil = true;
  private boolean overwrite;
  private String hostName = "rookery";
  private boolean configure;
  private ImageFinisher finisher = _ -> {};
  private RetryPolicy retries = RetryPolicy.DEFAULT;
  private @Nullable String mirrorVariable = System.getenv(MirrorChoice.VARIABLE);
  private Path aptFolder = Path.of("/etc/apt");

  private ImageBuilder() {}

  /** A builder of Debian's stable suite "bookworm" for amd64 with {@link #DEFAULT_PACKAGES}. */
  public static ImageBuilder debian() {
    return new ImageBuilder();
  }

  /** The suite or its code name, such as {@code bookworm}. */
  public ImageBuilder suite(String name) {
    suite = checked(name, "[a-z0-9][a-z0-9.+\\-]*", "suite");
    return this;
  }

  /** Debian's name of the architecture, such as {@code amd64} or {@code i386}. */
  public ImageBuilder arch(String name) {
    arch = checked(name, "[a-z0-9][a-z0-9\\-]*", "architecture");
    return this;
  }

  /**
   * The mirror: the address (http, https or file) of the folder that holds {@code dists}. Several,
   * parted by blanks or commas, are all used, as for an archive of security updates apart.
   */
  public ImageBuilder mirror(String address) {
    mirror = address;
    return this;
  }

  /** Adds packages by name; a version may be asked for, as in {@code "python3 (>= 3.11)"}. */
  public ImageBuilder include(List<String> packages) {
    include.addAll(packages);
    return this;
  }

  /** Uses these packages, and those they need, in place of {@link #DEFAULT_PACKAGES}. */
  public ImageBuilder packages(List<String> packages) {
    include.clear();
    return include(packages);
  }

  /**
   * The size of the file system in bytes; without it 2 GiB, or twice the packages' size if that is
   * more. The file is sparse: free space takes no room on the host.
   */
  public ImageBuilder size(long bytes) {
    if (bytes < MIN_SIZE || bytes > MAX_SIZE) {
      throw new IllegalArgumentException(
          "size " + bytes + " is not between " + MIN_SIZE + " and " + MAX_SIZE);
    }
    size = bytes;
    return this;
  }

  /** The folder for downloads; without it one among the user's caches. */
  public ImageBuilder cacheDir(Path folder) {
    cacheDir = folder;
    return this;
  }

  /** Who is told how it goes on. */
  public ImageBuilder listener(BuildListener told) {
    listener = told;
    return this;
  }

  /** The present, which dates of indexes and keys are compared with. */
  public ImageBuilder clock(Clock present) {
    clock = present;
    return this;
  }

  /** The keys that may sign indexes, in place of Debian's. */
  public ImageBuilder keys(ArchiveKeys trusted) {
    keys = trusted;
    return this;
  }

  /** Whether an index past its Valid-Until is refused, as it is by default; snapshots are old. */
  public ImageBuilder checkValidUntil(boolean refuse) {
    checkValidUntil = refuse;
    return this;
  }

  /** Whether an existing image may be replaced; by default it may not. */
  public ImageBuilder overwrite(boolean replace) {
    overwrite = replace;
    return this;
  }

  /** What the guest calls itself, "rookery" by default. */
  public ImageBuilder hostName(String name) {
    hostName = checked(name, "[a-zA-Z0-9][a-zA-Z0-9\\-]{0,62}", "host name");
    return this;
  }

  /**
   * Whether dpkg configures the packages, in a virtual machine with the image as its disk; by
   * default it does not. It takes a minute or several, the JVM needs {@code
   * --enable-native-access}, and two builds of the same packages no longer give the same bytes.
   */
  public ImageBuilder configure(boolean inGuest) {
    configure = inGuest;
    return this;
  }

  /** What is done to the complete image before it gets its name; nothing by default. */
  public ImageBuilder finisher(ImageFinisher last) {
    finisher = last;
    return this;
  }

  private ArchiveKeys trusted() {
    ArchiveKeys given = keys;
    return given != null ? given : ArchiveKeys.debian();
  }

  ImageBuilder retries(RetryPolicy policy) {
    retries = policy;
    return this;
  }

  ImageBuilder host(@Nullable String variable, Path apt) {
    mirrorVariable = variable;
    aptFolder = apt;
    return this;
  }

  String suite() {
    return suite;
  }

  String arch() {
    return arch;
  }

  BuildListener listener() {
    return listener;
  }

  /**
   * Builds the image.
   *
   * @param out the image, which must not exist unless {@link #overwrite} is on
   * @throws MirrorUnavailableException if there is no mirror or it does not answer
   * @throws BadSignatureException if an index is not signed by a trusted key
   * @throws ExpiredReleaseException if an index is out of date
   * @throws HashMismatchException if a file is not what the index says
   * @throws MissingPackageException if a package is not there
   * @throws PackageConflictException if packages exclude each other
   * @throws BadArchiveException if a file of the archive is malformed
   * @throws DiskFullException if the disk, or the image, is too small
   * @throws ImageException for anything else, such as a file that cannot be written
   */
  public ImageReport build(Path out) {
    Instant start = clock.instant();
    long startNanos = System.nanoTime();
    if (!overwrite && Files.exists(out)) {
      throw new ImageException(out + ": exists already");
    }
    BuildListener serial = new SerialListener(listener);
    List<ArchiveSource> sources = MirrorChoice.choose(suite, mirror, mirrorVariable, aptFolder);
    Path cache = cacheDir == null ? CacheFolder.ofUser().resolve("packages") : cacheDir;
    try (Fetcher fetcher = new Fetcher(retries)) {
      DownloadCache downloads = new DownloadCache(cache, fetcher);
      downloads.deleteLeftovers();
      Repository repository =
          new Repository(
              fetcher,
              downloads,
              serial,
              new Repository.Trust(trusted().ring(), start, checkValidUntil));
      PackageIndex index = repository.read(sources, suite, arch);
      List<PackageEntry> packages = DependencyResolver.resolve(index, include);
      long needed = estimate(packages);
      requireSpace(out.toAbsolutePath().getParent(), needed, "the image");
      Map<PackageEntry, Path> files = new Downloads(downloads, serial).getAll(packages);
      long imageSize = size > 0 ? size : Math.max(DEFAULT_SIZE, roundUp(2 * needed));
      RootBuilder root = new RootBuilder(serial, arch, hostName, repository.sources());
      new ImageFile(out, overwrite, imageSize, label(), repository.published())
          .fill(serial, root, files, needed, finish(serial));
      return new ImageReport(
          out,
          suite,
          arch,
          imageSize,
          installed(packages, configure ? "install ok installed" : "install ok unpacked"),
          repository.published(),
          packages.stream().mapToLong(PackageEntry::size).sum(),
          Duration.ofNanos(System.nanoTime() - startNanos));
    }
  }

  private ImageFinisher finish(BuildListener told) {
    ImageFinisher own = finisher;
    if (!configure) {
      return own;
    }
    ImageFinisher dpkg = new PackageConfiguration(told);
    return image -> {
      dpkg.finish(image);
      own.finish(image);
    };
  }

  /** An ext2 label has 16 bytes. */
  private String label() {
    String label = suite + "-" + arch;
    return label.length() > 16 ? label.substring(0, 16) : label;
  }

  private static long estimate(List<PackageEntry> packages) {
    return packages.stream().mapToLong(PackageEntry::installedKiB).sum() << 10;
  }

  private static long roundUp(long bytes) {
    return (bytes + GRAIN - 1) / GRAIN * GRAIN;
  }

  private static void requireSpace(@Nullable Path folder, long needed, String what) {
    if (folder == null) {
      return;
    }
    HostFileException.guard(folder, () -> Files.createDirectories(folder));
    long free;
    try {
      FileStore store = Files.getFileStore(folder);
      free = store.getUsableSpace();
    } catch (IOException e) {
      return; // Some file systems do not say; writing will show.
    }
    if (free < needed) {
      throw new DiskFullException(
          String.format(
              Locale.ROOT,
              "the disk is full: %s needs %d MiB in %s, which has %d MiB free",
              what,
              needed >> 20,
              folder,
              free >> 20));
    }
  }

  private static List<InstalledPackage> installed(List<PackageEntry> packages, String status) {
    List<InstalledPackage> installed = new ArrayList<>();
    for (PackageEntry entry : packages) {
      installed.add(
          new InstalledPackage(entry.name(), entry.version().text(), entry.architecture(), status));
    }
    return installed;
  }

  private static String checked(String value, String syntax, String what) {
    if (!value.matches(syntax)) {
      throw new IllegalArgumentException("\"" + value + "\" is no name of a " + what);
    }
    return value;
  }
}
