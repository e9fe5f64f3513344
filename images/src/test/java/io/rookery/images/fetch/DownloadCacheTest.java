package io.rookery.images.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.DiskFullException;
import io.rookery.images.HashMismatchException;
import io.rookery.images.ImageException;
import io.rookery.images.MirrorUnavailableException;
import io.rookery.images.testing.TestArchive;
import io.rookery.images.testing.TestMirror;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadCacheTest {
  private static final RetryPolicy QUICK =
      new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(400));

  private final Path folder;
  private final byte[] contents = new byte[200_000];
  private final String sum;
  private final TestMirror mirror;
  private final Fetcher fetcher = new Fetcher(QUICK);
  private final DownloadCache cache;
  private final URI uri;

  DownloadCacheTest(@TempDir Path cacheFolder) {
    new Random(5).nextBytes(contents);
    sum = TestArchive.sha256(contents);
    mirror = new TestMirror(Map.of("f", contents));
    uri = URI.create(mirror.address() + "/f");
    cache = new DownloadCache(cacheFolder.resolve("cache"), fetcher);
    folder = cacheFolder;
  }

  @AfterEach
  void stop() {
    fetcher.close();
    mirror.close();
  }

  private Path get() throws NotFoundException {
    return cache.get(uri, sum, contents.length, _ -> {});
  }

  private List<Path> cached() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void downloadsOnce() throws IOException {
    List<Long> progress = new ArrayList<>();
    Path file = cache.get(uri, sum, contents.length, progress::add);
    assertArrayEquals(contents, Files.readAllBytes(file));
    assertEquals(contents.length, progress.getLast());
    assertEquals(file, get());
    assertEquals(1, mirror.requests().size());
    assertEquals(List.of(file), cached());
  }

  @Test
  void aDamagedFileInTheCacheIsFetchedAgain() throws IOException {
    Path file = get();
    byte[] damaged = contents.clone();
    damaged[77] ^= 1;
    Files.write(file, damaged);
    assertArrayEquals(contents, Files.readAllBytes(get()));
    assertEquals(2, mirror.requests().size());
  }

  @Test
  void oldLeftoversAreDeleted() throws IOException {
    cache.deleteLeftovers();
    Path file = get();
    Path old = Files.writeString(file.resolveSibling(sum + ".part-1"), "old");
    Path young = Files.writeString(file.resolveSibling(sum + ".part-2"), "young");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    cache.deleteLeftovers();
    assertEquals(Set.of(file, young), Set.copyOf(cached()));
  }

  @Test
  void aCutConnectionGoesOnWhereItWasCut() throws IOException {
    AtomicInteger count = new AtomicInteger();
    mirror.fault(
        "f",
        (exchange, bytes) -> {
          if (count.getAndIncrement() == 0) {
            TestMirror.cutAfter(100_000).answer(exchange, bytes);
          }
          TestMirror.send(exchange, bytes);
        });
    assertArrayEquals(contents, Files.readAllBytes(get()));
    assertEquals(2, count.get());
  }

  @Test
  void aConnectionThatIsAlwaysCutIsTold() throws IOException {
    mirror.fault("f", TestMirror.cutAfter(0));
    MirrorUnavailableException e = assertThrows(MirrorUnavailableException.class, this::get);
    assertEquals(QUICK.attempts(), e.tried().size());
    assertEquals(List.of(), cached());
    mirror.behave();
    get();
  }

  @Test
  void aSilentMirrorIsTold() throws IOException {
    mirror.fault(
        "f",
        (exchange, bytes) -> {
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes, 0, 1000);
          exchange.getResponseBody().flush();
          try {
            Thread.sleep(20_000);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    long start = System.nanoTime();
    MirrorUnavailableException e = assertThrows(MirrorUnavailableException.class, this::get);
    assertTrue(String.valueOf(e.getMessage()).contains("no byte came"), e.getMessage());
    assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 15);
    assertEquals(List.of(), cached());
  }

  @Test
  void aWrongFileIsTold() throws IOException {
    byte[] other = contents.clone();
    other[contents.length - 1] ^= 1;
    mirror.fault("f", TestMirror.instead(other));
    HashMismatchException e = assertThrows(HashMismatchException.class, this::get);
    assertEquals("SHA-256 " + sum, e.expected());
    assertEquals("SHA-256 " + TestArchive.sha256(other), e.found());
    mirror.fault("f", TestMirror.instead(new byte[contents.length + 1]));
    assertThrows(HashMismatchException.class, this::get);
    mirror.fault("f", TestMirror.instead(new byte[10]));
    assertThrows(HashMismatchException.class, this::get);
    assertEquals(List.of(), cached());
    mirror.behave();
    get();
  }

  @Test
  void anEndlessFileIsNotReadToItsEnd() {
    mirror.fault(
        "f",
        (exchange, _) -> {
          exchange.sendResponseHeaders(200, 0); // chunked
          byte[] chunk = new byte[1 << 16];
          for (int i = 0; i < 10_000; i++) {
            exchange.getResponseBody().write(chunk);
          }
        });
    assertThrows(HashMismatchException.class, this::get);
  }

  @Test
  void serverErrorsAreRetriedAndRefusalsAreNot() {
    mirror.fault("f", TestMirror.status(503));
    assertThrows(MirrorUnavailableException.class, this::get);
    assertEquals(QUICK.attempts(), mirror.requests().size());
    mirror.fault("f", TestMirror.status(403));
    assertThrows(MirrorUnavailableException.class, this::get);
    assertEquals(QUICK.attempts() + 1, mirror.requests().size());
    mirror.fault("f", TestMirror.status(404));
    assertThrows(NotFoundException.class, this::get);
    assertEquals(QUICK.attempts() + 2, mirror.requests().size());
  }

  @Test
  void aMirrorThatIsNotThereIsTold() {
    mirror.close();
    assertThrows(MirrorUnavailableException.class, this::get);
  }

  @Test
  void filesOfTheHostAreAMirrorToo() throws IOException {
    Path file = Files.write(folder.resolve("local"), contents);
    Path copy = cache.get(file.toUri(), sum, contents.length, _ -> {});
    assertArrayEquals(contents, Files.readAllBytes(copy));
    URI missing = folder.resolve("missing").toUri();
    assertThrows(NotFoundException.class, () -> fetcher.read(missing, 10));
    assertThrows(HashMismatchException.class, () -> fetcher.read(file.toUri(), 10));
  }

  @Test
  void aFullDiskIsTold() {
    Path file = Path.of("x");
    for (String reason :
        List.of(
            "No space left on device",
            "Disk quota exceeded",
            "There is not enough space on the disk")) {
      ImageException e = HostFileException.of(file, new FileSystemException("x", null, reason));
      assertTrue(e instanceof DiskFullException, reason);
      assertTrue(HostFileException.of(file, new IOException(reason)) instanceof DiskFullException);
    }
    ImageException other = HostFileException.of(file, new IOException("Permission denied"));
    assertEquals("x: Permission denied", other.getMessage());
  }
}
