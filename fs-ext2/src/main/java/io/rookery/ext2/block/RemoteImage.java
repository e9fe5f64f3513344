package io.rookery.ext2.block;

import static io.rookery.ext2.block.ChunkCacheLayout.CHUNK;

import io.rookery.ext2.block.HttpDeviceException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A remote file in chunks: the ones used last in memory, those that were ever read in the cache
 * file, the others on the server. What several threads miss at once is fetched once. Thread-safe.
 */
final class RemoteImage {
  private static final int MEMORY_CHUNKS = 256;
  private static final int MAX_FETCHED_AHEAD = 12;

  /** The most that is fetched of a region by one request: who needs it waits for all of it. */
  private static final int PIECE = 16;

  private static final System.Logger LOG = System.getLogger(RemoteImage.class.getName());

  /** Images in use, by cache file. */
  private static final Map<Path, Shared> OPEN = new HashMap<>();

  /** One that is in use, or being opened under its monitor. */
  private static final class Shared {
    int users; // guarded by OPEN
    @Nullable RemoteImage image;
  }

  /** Chunks on their way. */
  private static final class Flight {
    final int first;
    final int end;
    final CompletableFuture<byte[][]> chunks = new CompletableFuture<>();

    Flight(ReadWindows.Range range) {
      this.first = range.first();
      this.end = range.end();
    }
  }

  private final Path cachePath;
  private final RangeClient client;
  private final ChunkCache cache;
  private final RemoteVersion version;
  private final Semaphore ahead = new Semaphore(MAX_FETCHED_AHEAD);
  private final ReentrantLock lock = new ReentrantLock();
  private final ReadWindows windows;
  private final Map<Integer, Flight> flights = new HashMap<>();
  private final Map<Integer, byte[]> memory =
      new LinkedHashMap<>(MEMORY_CHUNKS * 2, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, byte[]> eldest) {
          return size() > MEMORY_CHUNKS;
        }
      };

  private RemoteImage(
      Path cachePath, RangeClient client, ChunkCache cache, RemoteVersion version, int chunks) {
    this.cachePath = cachePath;
    this.client = client;
    this.cache = cache;
    this.version = version;
    this.windows = new ReadWindows(chunks);
  }

  static RemoteImage open(URI uri, HttpOptions options) throws IOException {
    Files.createDirectories(options.cacheFolder());
    Path path = options.cacheFolder().toRealPath().resolve(nameOf(uri));
    Shared shared;
    synchronized (OPEN) {
      shared = OPEN.computeIfAbsent(path, _ -> new Shared());
      shared.users++;
    }
    boolean done = false;
    try {
      synchronized (shared) {
        RemoteImage image = shared.image;
        if (image == null) {
          image = connect(uri, options, path);
          shared.image = image;
        }
        done = true;
        return image;
      }
    } finally {
      if (!done) {
        release(path);
      }
    }
  }

  private static String nameOf(URI uri) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(uri.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16) + ".chunks";
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static RemoteImage connect(URI uri, HttpOptions options, Path path) throws IOException {
    RangeClient client = new RangeClient(uri, options);
    ChunkCache cache = null;
    boolean done = false;
    try {
      cache = ChunkCache.open(path, options.maxCacheBytes());
      RemoteImage image = connect(client, cache, path);
      done = true;
      return image;
    } finally {
      if (!done) {
        client.close();
        if (cache != null) {
          cache.close();
        }
      }
    }
  }

  private static RemoteImage connect(RangeClient client, ChunkCache cache, Path path)
      throws IOException {
    RemoteVersion known = cache.version();
    RangeClient.Beginning found = null;
    try {
      found = client.open(known, CHUNK);
    } catch (HttpDeviceException e) {
      if (known == null || e.reason() != Reason.UNREACHABLE) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, e.getMessage() + "; going on with what is in the cache");
    }
    RemoteVersion version = found != null ? found.version() : known;
    if (version == null
        || version.size() == 0
        || version.size() > (long) Integer.MAX_VALUE * CHUNK) {
      throw new HttpDeviceException(
          Reason.REFUSED, client.shown() + " has no size that a disk can have", null);
    }
    if (!version.equals(known)) {
      cache.reset(version);
    }
    int chunks = (int) ((version.size() + CHUNK - 1) / CHUNK);
    RemoteImage image = new RemoteImage(path, client, cache, version, chunks);
    if (found != null) {
      image.keep(0, Arrays.copyOf(found.bytes(), CHUNK));
      image.fetch(FirstReads.in(found.bytes()));
    }
    return image;
  }

  long size() {
    return version.size();
  }

  long requests() {
    return client.requests();
  }

  long received() {
    return client.received();
  }

  void read(long offset, ByteBuffer dst) throws IOException {
    if (!dst.hasRemaining()) {
      return;
    }
    int last = (int) ((offset + dst.remaining() - 1) / CHUNK);
    int from = (int) (offset % CHUNK);
    for (int chunk = (int) (offset / CHUNK); chunk <= last; chunk++) {
      int n = Math.min(dst.remaining(), CHUNK - from);
      dst.put(chunk(chunk, last), from, n);
      from = 0;
    }
  }

  /** A chunk; the caller will want those up to {@code last} as well. */
  private byte[] chunk(int chunk, int last) throws IOException {
    while (true) {
      Flight flight = null;
      boolean ours = false;
      lock.lock();
      try {
        ReadWindows.Window window = windows.reached(chunk);
        byte[] bytes = memory.get(chunk);
        if (bytes == null) {
          flight = flights.get(chunk);
          if (flight == null && !cache.contains(chunk)) {
            window = windows.missed(chunk, last, this::present);
            flight = depart(window.range());
            fetchRegion(window.region());
            ours = true;
          }
        }
        if (window != null) {
          fetchAhead(window.range().end(), window.behind());
        }
        if (bytes != null) {
          return bytes;
        }
      } finally {
        lock.unlock();
      }
      if (ours && flight != null) {
        fetch(flight);
        return await(flight)[chunk - flight.first];
      }
      if (flight != null) {
        try {
          return await(flight)[chunk - flight.first];
        } catch (IOException e) {
          continue; // somebody else's attempt, perhaps before it was wanted: one of our own
        }
      }
      byte[] kept = cache.read(chunk);
      if (kept != null) {
        lock.lock();
        try {
          memory.put(chunk, kept);
        } finally {
          lock.unlock();
        }
        return kept;
      }
    }
  }

  private boolean present(int chunk) {
    return memory.containsKey(chunk) || flights.containsKey(chunk) || cache.contains(chunk);
  }

  /** With the lock held. */
  private Flight depart(ReadWindows.Range range) {
    Flight flight = new Flight(range);
    for (int i = flight.first; i < flight.end; i++) {
      flights.put(i, flight);
    }
    return flight;
  }

  /** With the lock held. Nothing happens while enough is on its way. */
  private void fetchAhead(int chunk, int size) {
    if (ahead.tryAcquire()) {
      ReadWindows.Range range = windows.ahead(chunk, size, this::present);
      if (range.length() == 0) {
        ahead.release();
      } else {
        fetchMeanwhile(depart(range));
      }
    }
  }

  /** What is missing of what will be read first, in that order, while the caller goes on. */
  private void fetch(FirstReads reads) {
    if (reads.ranges().isEmpty()) {
      return;
    }
    Thread.ofVirtual()
        .name("rookery-first-reads")
        .start(
            () -> {
              for (FirstReads.Range range : reads.ranges()) {
                for (int done = 0; done < range.length(); done += PIECE) {
                  ahead.acquireUninterruptibly();
                  fetchPiece(range.first() + done, Math.min(PIECE, range.length() - done));
                }
              }
            });
  }

  private void fetchPiece(int chunk, int size) {
    lock.lock();
    try {
      ReadWindows.Range range = windows.missing(chunk, size, this::present);
      if (range.length() == 0) {
        ahead.release();
      } else {
        fetchMeanwhile(depart(range));
      }
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held: what is missing of a region. */
  private void fetchRegion(ReadWindows.Range region) {
    for (int chunk = region.first(); chunk < region.end(); chunk++) {
      ReadWindows.Range range =
          windows.missing(chunk, Math.min(PIECE, region.end() - chunk), this::present);
      if (range.length() > 0 && ahead.tryAcquire()) {
        fetchMeanwhile(depart(range));
        chunk = range.end() - 1;
      }
    }
  }

  private void fetchMeanwhile(Flight flight) {
    Thread.ofVirtual()
        .name("rookery-read-ahead")
        .start(
            () -> {
              try {
                fetch(flight);
              } finally {
                ahead.release();
              }
            });
  }

  /** Brings chunks in; who waits for the flight learns how it ended. */
  private void fetch(Flight flight) {
    try {
      long start = (long) flight.first * CHUNK;
      int length = (int) (Math.min(version.size(), (long) flight.end * CHUNK) - start);
      byte[] all = client.get(version, start, length);
      byte[][] chunks = new byte[flight.end - flight.first][];
      for (int i = 0; i < chunks.length; i++) {
        chunks[i] = new byte[CHUNK]; // of its own, or one in memory would keep the others
        int from = i * CHUNK;
        System.arraycopy(all, from, chunks[i], 0, Math.min(CHUNK, length - from));
        keep(flight.first + i, chunks[i]);
      }
      land(flight);
      flight.chunks.complete(chunks);
    } catch (IOException | RuntimeException | Error e) {
      land(flight);
      flight.chunks.completeExceptionally(e);
    }
  }

  private void land(Flight flight) {
    lock.lock();
    try {
      for (int i = flight.first; i < flight.end; i++) {
        flights.remove(i, flight);
      }
    } finally {
      lock.unlock();
    }
  }

  private void keep(int chunk, byte[] bytes) {
    cache.put(chunk, bytes);
    lock.lock();
    try {
      memory.put(chunk, bytes);
    } finally {
      lock.unlock();
    }
  }

  private static byte[][] await(Flight flight) throws IOException {
    try {
      return flight.chunks.join(); // not ended by interrupts
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case HttpDeviceException h ->
            throw new HttpDeviceException(h.reason(), String.valueOf(h.getMessage()), h);
        case null, default -> throw new IOException(String.valueOf(e.getCause()), e);
      }
    }
  }

  void release() throws IOException {
    release(cachePath);
  }

  private static void release(Path path) throws IOException {
    RemoteImage last;
    synchronized (OPEN) {
      Shared shared = OPEN.get(path);
      if (shared == null || --shared.users > 0) {
        return;
      }
      OPEN.remove(path);
      last = shared.image;
      if (last != null) {
        last.client.close();
        last.cache.close();
      }
    }
  }

  @Override
  public String toString() {
    return client.shown();
  }
}
