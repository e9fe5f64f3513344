package io.rookery.images.fetch;

import io.rookery.images.BuildListener;
import io.rookery.images.BuildListener.Phase;
import io.rookery.images.ImageException;
import io.rookery.images.MirrorUnavailableException;
import io.rookery.images.repo.ArchiveSource;
import io.rookery.images.repo.PackageEntry;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Downloads packages, a few at a time; the first failure ends all. */
public final class Downloads {
  private static final int PARALLEL = 4;

  private final DownloadCache cache;
  private final BuildListener listener;
  private final AtomicLong done = new AtomicLong();

  /** Creates it over a cache. */
  public Downloads(DownloadCache cache, BuildListener listener) {
    this.cache = cache;
    this.listener = listener;
  }

  /** The files of all packages, in the order given. */
  public Map<PackageEntry, Path> getAll(List<PackageEntry> packages) {
    long total = packages.stream().mapToLong(PackageEntry::size).sum();
    Map<PackageEntry, Future<Path>> running = new LinkedHashMap<>();
    ExecutorService workers =
        Executors.newFixedThreadPool(
            PARALLEL, Thread.ofPlatform().daemon().name("rookery-images-download-", 0).factory());
    try {
      var completion = new ExecutorCompletionService<Path>(workers);
      for (PackageEntry entry : packages) {
        running.put(entry, completion.submit(() -> get(entry, total)));
      }
      for (int i = 0; i < packages.size(); i++) {
        completion.take().get();
      }
      Map<PackageEntry, Path> files = new LinkedHashMap<>();
      for (var item : running.entrySet()) {
        files.put(item.getKey(), item.getValue().get());
      }
      return files;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ImageException image) {
        throw image;
      }
      throw new ImageException("a download failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException("interrupted while downloading packages", e);
    } finally {
      workers.shutdownNow();
    }
  }

  private Path get(PackageEntry entry, long total) {
    URI uri = entry.archive().resolve(encode(entry.filename()));
    long[] last = {0};
    try {
      return cache.get(
          uri,
          entry.sha256(),
          entry.size(),
          bytes -> {
            long sum = done.addAndGet(bytes - last[0]);
            last[0] = bytes;
            listener.progress(Phase.DOWNLOAD, entry.name(), sum, total);
          });
    } catch (NotFoundException e) {
      List<String> tried = new ArrayList<>();
      tried.add(ArchiveSource.shown(uri) + ": " + e.getMessage());
      throw new MirrorUnavailableException(
          "the mirror's index names " + entry + ", but its file is not there", tried);
    }
  }

  /**
   * File names hold characters such as {@code ~} and {@code +} that stay, and no others of note.
   */
  private static String encode(String path) {
    return path.replace("%", "%25").replace(" ", "%20").replace("?", "%3F").replace("#", "%23");
  }
}
