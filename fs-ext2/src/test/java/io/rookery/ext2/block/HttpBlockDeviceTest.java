package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.rookery.ext2.block.HttpDeviceException.Reason;
import io.rookery.ext2.testing.ReadOnlyDeviceContract;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class HttpBlockDeviceTest extends ReadOnlyDeviceContract {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");

  private RangeServer server;

  private HttpOptions options() {
    return HttpOptions.cachedIn(folder.resolve("cache"))
        .withAttempts(3, Duration.ofMillis(5))
        .withStallLimit(Duration.ofSeconds(20));
  }

  private BlockDevice another(HttpOptions options) throws IOException {
    return BlockDevices.http(server.uri(), options);
  }

  @Override
  protected BlockDevice open() throws IOException {
    if (server == null) {
      server = new RangeServer(contents);
    }
    return another(options());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Path cacheFile() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
      return files.findFirst().orElseThrow();
    }
  }

  /** Closes the device and opens it again, with the counters at zero. */
  private void reopen() throws IOException {
    device.close();
    server.requests.set(0);
    server.bytes.set(0);
    device = open();
  }

  private void assertHoldsAll() throws IOException {
    assertArrayEquals(contents, read(device, 0, contents.length));
  }

  private static void assertReason(Reason reason, Executable action) {
    assertEquals(reason, assertThrows(HttpDeviceException.class, action).reason());
  }

  @Test
  void theSecondTimeNothingIsRead() throws IOException {
    assertHoldsAll();
    assertEquals(contents.length, server.bytes.get());
    reopen();
    assertHoldsAll();
    assertEquals(0, server.bytes.get());
    assertEquals(1, server.requests.get()); // whether the file is still the same
  }

  @Test
  void onlyWhatIsNeededIsRead() throws IOException {
    assertArrayEquals(
        Arrays.copyOfRange(contents, 2_000_000, 2_004_096), read(device, 2_000_000, 4096));
    assertTrue(server.bytes.get() <= 3 * 65536, server.bytes + " bytes");
    assertEquals(2, server.requests.get());
  }

  @Test
  void whatAnImageNamesIsFetchedFirst() throws Exception {
    device.close();
    BlockDevice image = BlockDevices.memory(32 << 20);
    FirstReads.of(List.of(Integer.MAX_VALUE - 1, 300, 301, 20, 400)).writeTo(image);
    server.file = read(image, 0, 32 << 20);
    server.etag = "\"primed\"";
    server.bytes.set(0);
    server.requests.set(0);
    device = open();
    while (server.bytes.get() < 5 * 65536) { // the beginning, and what the list names
      Thread.sleep(1);
    }
    for (int chunk : new int[] {400, 20, 301, 300}) {
      read(device, chunk * 65536L, 65536);
    }
    assertEquals(5 * 65536, server.bytes.get());
    assertEquals(4, server.requests.get());
  }

  @Test
  void sequentialReadsTakeFewRequests() throws IOException {
    device.close();
    byte[] large = random(48 << 20, 9);
    server.file = large;
    server.etag = "\"large\"";
    server.bytes.set(0);
    device = open();
    for (int at = 0; at < large.length; at += 16384) {
      byte[] expected = Arrays.copyOfRange(large, at, at + 16384);
      assertArrayEquals(expected, read(device, at, 16384));
    }
    assertEquals(large.length, server.bytes.get());
    assertTrue(server.requests.get() < 60, server.requests + " requests");
  }

  @Test
  void devicesOnOneFileShareWhatTheyRead() throws Exception {
    server.delayMillis = 2;
    try (BlockDevice other = another(options())) {
      Thread thread = Thread.ofVirtual().start(() -> readBackwards(other));
      readBackwards(device);
      thread.join();
      device.close();
      assertArrayEquals(contents, read(other, 0, contents.length));
    }
    assertEquals(contents.length, server.bytes.get());
  }

  private void readBackwards(BlockDevice from) {
    for (int at = contents.length - 512; at >= 0; at -= 32768) {
      try {
        assertArrayEquals(Arrays.copyOfRange(contents, at, at + 512), read(from, at, 512));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void passingFaultsAreNotSeen() throws IOException {
    int at = 0;
    for (int status : new int[] {503, 429, 408, 206}) {
      reopen(); // a device's first miss fetches nothing ahead, which might meet the faults
      server.faultStatus = status;
      server.faults.set(2);
      at += 600_000;
      assertArrayEquals(Arrays.copyOfRange(contents, at, at + 4096), read(device, at, 4096));
      assertEquals(0, server.faults.get());
    }
  }

  @Test
  void lastingFaultsHaveReasons() throws IOException {
    server.faults.set(1000);
    server.faultStatus = 206;
    assertReason(Reason.TRUNCATED, () -> read(device, 1_000_000, 1));
    server.faultStatus = 502;
    assertReason(Reason.UNREACHABLE, () -> read(device, 1_000_000, 1));
    server.faultStatus = 404;
    assertReason(Reason.NOT_FOUND, () -> read(device, 1_000_000, 1));
    server.faultStatus = 403;
    assertReason(Reason.REFUSED, () -> read(device, 1_000_000, 1));
    server.faults.set(0);
    server.knowsRanges = false;
    assertReason(Reason.NO_RANGES, () -> read(device, 1_000_000, 1));
    server.knowsRanges = true;
    assertHoldsAll(); // none of it lasts longer than its cause
  }

  @Test
  void silenceIsAFault() throws IOException {
    device.close();
    server.silent = true;
    HttpOptions hasty =
        HttpOptions.cachedIn(folder.resolve("other"))
            .withAttempts(2, Duration.ofMillis(1))
            .withStallLimit(Duration.ofMillis(100));
    assertReason(Reason.UNREACHABLE, () -> another(hasty));
  }

  @Test
  void closingEndsWhatWaitsForTheServer() throws Exception {
    server.silent = true;
    int before = server.requests.get();
    CompletableFuture<Void> reading =
        CompletableFuture.runAsync(
            () -> assertReason(Reason.UNREACHABLE, () -> read(device, 1_000_000, 1)));
    while (server.requests.get() == before) {
      Thread.onSpinWait();
    }
    device.close();
    reading.get(10, TimeUnit.SECONDS); // half of the stall limit
  }

  @Test
  void aFileThatCannotBeReadInPartsIsNoDisk() throws IOException {
    device.close();
    HttpOptions fresh = HttpOptions.cachedIn(folder.resolve("other"));
    server.knowsRanges = false;
    assertReason(Reason.NO_RANGES, () -> another(fresh));
    assertReason(Reason.NOT_FOUND, () -> BlockDevices.http(server.uri("/other"), fresh));
    assertThrows(
        IllegalArgumentException.class,
        () -> BlockDevices.http(java.net.URI.create("ftp://localhost/disk"), fresh));
  }

  private void replaceFile() {
    byte[] other = contents.clone();
    other[1_500_000]++;
    server.file = other;
  }

  @Test
  void aFileThatIsReplacedMeanwhileIsNotMixed() throws IOException {
    replaceFile();
    server.etag = "\"two\"";
    assertReason(Reason.CHANGED, () -> read(device, 1_500_000, 1));
    server.honoursIfMatch = false;
    assertReason(Reason.CHANGED, () -> read(device, 1_500_000, 1));
    server.etag = "\"one\"";
    server.lastModified = "Tue, 02 Jan 2024 00:00:00 GMT";
    assertReason(Reason.CHANGED, () -> read(device, 1_500_000, 1));
    server.file = Arrays.copyOf(contents, contents.length + 512);
    assertReason(Reason.CHANGED, () -> read(device, 1_500_000, 1));
  }

  @Test
  void aFileThatWasReplacedIsReadAnew() throws IOException {
    assertHoldsAll();
    for (String way : List.of("tag", "date", "length")) {
      device.close();
      replaceFile();
      switch (way) {
        case "tag" -> server.etag = "\"two\"";
        case "date" -> {
          server.etag = null;
          server.lastModified = "Tue, 02 Jan 2024 00:00:00 GMT";
        }
        default -> {
          server.lastModified = null;
          server.file = Arrays.copyOf(server.file, contents.length - 512);
        }
      }
      device = open();
      assertArrayEquals(server.file, read(device, 0, server.file.length), way);
    }
  }

  @Test
  void withoutTheServerThereIsTheCache() throws IOException {
    read(device, 0, 1_000_000);
    device.close();
    server.close();
    device = open();
    assertArrayEquals(Arrays.copyOf(contents, 1_000_000), read(device, 0, 1_000_000));
    assertReason(Reason.UNREACHABLE, () -> read(device, 3_000_000, 1));
  }

  @Test
  void theCacheIsBounded() throws IOException {
    device.close();
    Path small = folder.resolve("small");
    HttpOptions bounded = HttpOptions.cachedIn(small).withMaxCacheBytes(1 << 20);
    for (int round = 0; round < 3; round++) {
      try (BlockDevice other = another(bounded)) {
        assertArrayEquals(contents, read(other, 0, contents.length));
        assertArrayEquals(contents, read(other, 0, contents.length));
      }
    }
    try (Stream<Path> files = Files.list(small)) {
      long size = Files.size(files.findFirst().orElseThrow());
      assertTrue(size <= (1 << 20) + 65536, size + " bytes");
    }
    server.bytes.set(0);
    try (BlockDevice other = another(bounded)) {
      int at = contents.length - 500_000;
      assertArrayEquals(
          Arrays.copyOfRange(contents, at, contents.length), read(other, at, 500_000));
    }
    assertEquals(0, server.bytes.get());
  }

  @Test
  void aDamagedCacheCostsTrafficOnly() throws IOException {
    assertHoldsAll();
    device.close();
    byte[] good = Files.readAllBytes(cacheFile());
    Random random = new Random(1);
    for (int i = 0; i < (FULL ? 600 : 24); i++) {
      byte[] bad = good.clone();
      switch (i % 3) {
        case 0 -> bad = Arrays.copyOf(bad, random.nextInt(bad.length));
        case 1 -> random.ints(20, 0, bad.length).forEach(new Damage(bad, random)::at);
        default -> new Damage(bad, random).at(random.nextInt(4096 + 16 * 64));
      }
      Files.write(cacheFile(), bad);
      device = open();
      assertHoldsAll();
      device.close();
    }
  }

  private record Damage(byte[] bytes, Random random) {
    void at(int offset) {
      bytes[offset] ^= (byte) (1 << random.nextInt(8));
    }
  }

  /** A process that reads at random until it is killed, or until its input ends. */
  private Process reader(long seed) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            FileBlockDeviceTest.classPath(),
            ReadInChild.class.getName(),
            server.uri().toString(),
            folder.resolve("cache").toString(),
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void aKilledReaderLeavesAGoodCache() throws Exception {
    int rounds = FULL ? 100 : 2;
    for (int round = 0; round < rounds; round++) {
      device.close();
      Process child = reader(round);
      try (BufferedReader lines = lines(child)) {
        for (int i = 0; i < 3 + round % 10; i++) {
          lines.readLine();
        }
        child.toHandle().destroyForcibly();
        child.waitFor();
      }
      long before = server.bytes.getAndSet(0);
      device = open();
      assertHoldsAll();
      assertTrue(server.bytes.get() < contents.length, before + " bytes of the child's are lost");
      if (round % 10 == 9) {
        device.close();
        Files.delete(cacheFile());
      }
    }
  }

  private static BufferedReader lines(Process child) {
    return new BufferedReader(
        new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void anotherProcessReadsWhatTheFirstKeeps() throws Exception {
    device.close();
    Process child = reader(-1); // everything, once
    try (BufferedReader lines = lines(child)) {
      assertEquals("all", lines.readLine());
      server.bytes.set(0);
      device = open();
      assertHoldsAll();
      assertEquals(0, server.bytes.get());
      child.getOutputStream().close();
      assertEquals(0, child.waitFor());
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void followsRedirects() throws IOException {
    HttpOptions fresh = HttpOptions.cachedIn(folder.resolve("other"));
    try (BlockDevice moved = BlockDevices.http(server.uri("/moved"), fresh)) {
      assertArrayEquals(contents, read(moved, 0, contents.length));
    }
    HttpOptions secret =
        fresh.withHeader("Authorization", "Bearer secret").withAttempts(1, Duration.ZERO);
    assertReason(Reason.REFUSED, () -> BlockDevices.http(server.uri("/moved?2"), secret));
  }

  @Test
  void overTls() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "disk",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                "secret")
            .inheritIO()
            .start();
    assertEquals(0, keytool.waitFor());
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, "secret".toCharArray());
    }
    KeyManagerFactory ours = KeyManagerFactory.getInstance("PKIX");
    ours.init(store, "secret".toCharArray());
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(ours.getKeyManagers(), trusted.getTrustManagers(), null);
    HttpsServer https = HttpsServer.create();
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    HttpOptions fresh = options().withAttempts(1, Duration.ZERO);
    HttpOptions trusting =
        fresh.withOpener(
            url -> {
              var connection = (HttpsURLConnection) url.openConnection();
              connection.setSSLSocketFactory(context.getSocketFactory());
              return connection;
            });
    try (RangeServer secure = new RangeServer(contents, https)) {
      try (BlockDevice disk = BlockDevices.http(secure.uri(), trusting)) {
        assertArrayEquals(contents, read(disk, 0, contents.length));
      }
      assertReason(
          Reason.UNREACHABLE, () -> BlockDevices.http(secure.uri("/disk?untrusted"), fresh));
      server.movedTo = secure.uri().toString();
      SSLSocketFactory before = HttpsURLConnection.getDefaultSSLSocketFactory();
      HttpsURLConnection.setDefaultSSLSocketFactory(context.getSocketFactory());
      try (BlockDevice disk = BlockDevices.http(server.uri("/moved"), fresh)) {
        assertArrayEquals(contents, read(disk, 0, contents.length));
      } finally {
        HttpsURLConnection.setDefaultSSLSocketFactory(before);
      }
    }
  }
}
