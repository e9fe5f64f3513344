package io.rookery.images.root;

import io.rookery.images.BuildListener;
import io.rookery.images.BuildListener.Phase;
import io.rookery.images.repo.ArchiveSource;
import io.rookery.images.repo.PackageEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes a root file system of downloaded packages. */
public final class RootBuilder {
  private final BuildListener listener;
  private final String arch;
  private final String hostName;
  private final List<ArchiveSource> sources;

  /** Creates a builder for an architecture, and packages from {@code sources}. */
  public RootBuilder(
      BuildListener listener, String arch, String hostName, List<ArchiveSource> sources) {
    this.listener = listener;
    this.arch = arch;
    this.hostName = hostName;
    this.sources = sources;
  }

  /**
   * Fills a file system.
   *
   * @param packages the packages with their files
   * @param time given to what no package brings
   */
  public void build(RootWriter writer, Map<PackageEntry, Path> packages, Instant time)
      throws IOException {
    RootTree tree = new RootTree(writer, time);
    DpkgDatabase database = new DpkgDatabase(tree);
    PackageUnpacker unpacker = new PackageUnpacker(tree, database);
    SystemConfiguration.mergeUsr(tree, arch);
    long total = packages.keySet().stream().mapToLong(PackageEntry::size).sum();
    long done = 0;
    for (PackageEntry entry : baseFilesFirst(packages)) {
      Path file = packages.get(entry);
      if (file == null) {
        throw new IllegalArgumentException("no file for " + entry);
      }
      listener.progress(Phase.UNPACK, entry.name(), done, total);
      unpacker.unpack(file, entry.name(), entry.version().text());
      done += entry.size();
    }
    listener.progress(Phase.UNPACK, "", total, total);
    listener.progress(Phase.CONFIGURE, "", 0, 0);
    database.finish();
    new SystemConfiguration(tree, hostName).write();
    PackageSources.install(tree, sources);
    Alternatives.install(tree, unpacker.maintainerScripts());
    Certificates.install(tree);
    tree.write("/etc/ld.so.cache", tree.attributes(0644), LdSoCache.build(tree));
    tree.finish();
  }

  /** base-files brings the modes of common directories such as /tmp and /root. */
  private static List<PackageEntry> baseFilesFirst(Map<PackageEntry, Path> packages) {
    List<PackageEntry> order = new ArrayList<>(packages.keySet());
    order.sort(
        (a, b) -> Boolean.compare(b.name().equals("base-files"), a.name().equals("base-files")));
    return order;
  }
}
