package io.rookery.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.BuildListener.Phase;
import io.rookery.images.fetch.RetryPolicy;
import io.rookery.images.repo.MirrorChoice;
import io.rookery.images.testing.TestArchive;
import io.rookery.images.testing.TestMirror;
import io.rookery.images.testing.TestPackage;
import io.rookery.images.testing.TestSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole builds from a mirror that behaves and from mirrors that do not. */
class ImageBuilderTest {
  private static final TestSigner SIGNER = new TestSigner();
  private static final Clock NOW =
      Clock.fixed(TestArchive.DATE.plus(Duration.ofHours(1)), ZoneOffset.UTC);
  private static final byte[] BIG = new byte[3 << 20];

  static {
    new Random(9).nextBytes(BIG);
  }

  @TempDir Path folder;
  private final TestMirror mirror = new TestMirror(archive().build());

  @AfterEach
  void stop() {
    mirror.close();
  }

  private static TestArchive archive() {
    return new TestArchive(SIGNER, "testing")
        .add(
            new TestPackage("base-files")
                .essential()
                .file("usr/lib/os-release", "VERSION_CODENAME=testing\nPRETTY_NAME=\"Test 1\"\n"),
            new TestPackage("sh")
                .field("Architecture", "amd64")
                .depends("libx (>= 1)")
                .file("bin/sh", "#!"),
            new TestPackage("libx").compression(".zst").file("usr/lib/libx.so.1", 0644, BIG));
  }

  private ImageBuilder builder() {
    return ImageBuilder.debian()
        .suite("testing")
        .packages(List.of("sh"))
        .mirror(mirror.address())
        .host(null, folder.resolve("no-apt"))
        .keys(SIGNER.trust())
        .clock(NOW)
        .size(32 << 20)
        .cacheDir(folder.resolve("cache"))
        .retries(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofSeconds(5)));
  }

  private Path out() {
    return folder.resolve("out").resolve("image.ext2");
  }

  private ImageReport build() {
    return builder().build(out());
  }

  private List<Path> outputs() throws IOException {
    if (!Files.exists(out().getParent())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(out().getParent())) {
      return files.toList();
    }
  }

  /** A build fails as expected and leaves nothing; once the mirror behaves, it succeeds. */
  private <T extends ImageException> T fails(Class<T> type) throws IOException {
    T failure = assertThrows(type, this::build);
    assertEquals(List.of(), outputs());
    mirror.behave();
    mirror.serve(archive().build());
    build();
    assertEquals(List.of(out()), outputs());
    return failure;
  }

  @Test
  void buildsAnImage() throws IOException {
    Set<Phase> phases = EnumSet.noneOf(Phase.class);
    ImageReport report =
        builder()
            .listener(
                new BuildListener() {
                  @Override
                  public void progress(Phase phase, String item, long done, long total) {
                    phases.add(phase);
                    assertTrue(done <= total, phase + " " + item);
                  }
                })
            .build(out());
    assertEquals(List.of(out()), outputs());
    assertEquals(32 << 20, Files.size(out()));
    assertEquals(3, report.packages().size());
    assertEquals(TestArchive.DATE, report.published());
    assertEquals(EnumSet.complementOf(EnumSet.of(Phase.WAITING)), phases);
    ImageInfo info = ImageInfo.read(out());
    assertEquals("testing-amd64", info.label());
    assertEquals("testing", info.suite());
    assertEquals("Test 1", info.version());
    assertEquals("amd64", info.architecture());
    assertEquals(
        List.of("base-files", "libx", "sh"),
        info.packages().stream().map(InstalledPackage::name).toList());
    assertTrue(info.used() > BIG.length && info.used() < info.size(), info.toString());
  }

  @Test
  void theSameArchiveGivesTheSameBytes() throws IOException {
    build();
    byte[] first = Files.readAllBytes(out());
    Files.delete(out());
    build();
    assertArrayEquals(first, Files.readAllBytes(out()));
  }

  @Test
  void theFileSystemIsClean() throws IOException, InterruptedException {
    build();
    E2fsck.assertClean(out());
  }

  @Test
  void existingImagesStay() throws IOException {
    build();
    byte[] before = Files.readAllBytes(out());
    assertThrows(ImageException.class, this::build);
    assertArrayEquals(before, Files.readAllBytes(out()));
    builder().overwrite(true).hostName("other").build(out());
    assertFalse(Arrays.equals(before, Files.readAllBytes(out())));
  }

  @Test
  void mirrorsMayCarryUpdatesAndIndexesByHash() {
    Map<String, byte[]> files = new HashMap<>(archive().byHash().build());
    files.putAll(
        new TestArchive(SIGNER, "testing-updates")
            .add(new TestPackage("libx").version("1.0+u1").file("usr/lib/libx.so.1", "new"))
            .build());
    mirror.serve(files);
    ImageReport report = build();
    assertTrue(
        report
            .packages()
            .contains(new InstalledPackage("libx", "1.0+u1", "all", "install ok unpacked")),
        report.toString());
  }

  @Test
  void aFolderIsAMirrorToo() throws IOException {
    Path local = folder.resolve("local mirror");
    for (var file : archive().build().entrySet()) {
      Path path = local.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    builder().mirror(local.toUri().toString()).build(out());
    assertEquals(List.of(), mirror.requests());
  }

  @Test
  void theVariableAndTheHostsSourcesNameMirrors() throws IOException {
    builder().mirror("").host(mirror.address(), folder).build(out());
    Path apt = Files.createDirectories(folder.resolve("apt"));
    Files.writeString(apt.resolve("sources.list"), "deb " + mirror.address() + " testing main\n");
    builder().mirror("").host(null, apt).build(folder.resolve("second.ext2"));
    assertTrue(ImageInfo.read(folder.resolve("second.ext2")).packages().size() == 3);
  }

  @Test
  void withoutAMirrorItSaysSo() throws IOException {
    MirrorUnavailableException e =
        assertThrows(MirrorUnavailableException.class, () -> builder().mirror("").build(out()));
    assertTrue(String.valueOf(e.getMessage()).contains(MirrorChoice.VARIABLE), e.getMessage());
    assertEquals(List.of(), outputs());
  }

  @Test
  void aMirrorWithoutTheSuiteIsTold() throws IOException {
    mirror.serve(Map.of());
    MirrorUnavailableException e = fails(MirrorUnavailableException.class);
    assertEquals(3, e.tried().size());
  }

  @Test
  void anAlteredReleaseIsTold() throws IOException {
    byte[] release = archive().build().get("dists/testing/InRelease");
    String altered =
        new String(release, StandardCharsets.UTF_8).replace("Suite: stable", "Suite: Stable");
    mirror.fault("testing/InRelease", TestMirror.instead(altered.getBytes(StandardCharsets.UTF_8)));
    fails(BadSignatureException.class);
  }

  @Test
  void aReleaseSignedByAnotherIsTold() throws IOException {
    mirror.serve(new TestArchive(new TestSigner(), "testing").add(new TestPackage("sh")).build());
    fails(BadSignatureException.class);
  }

  @Test
  void anotherSuitesReleaseIsTold() throws IOException {
    byte[] other =
        new TestArchive(SIGNER, "unstable")
            .add(new TestPackage("sh"))
            .build()
            .getOrDefault("dists/unstable/InRelease", new byte[0]);
    mirror.fault("testing/InRelease", TestMirror.instead(other));
    fails(BadArchiveException.class);
  }

  @Test
  void anExpiredReleaseIsTold() throws IOException {
    TestArchive expired =
        archive().release("Valid-Until", TestArchive.date(NOW.instant().minusSeconds(1)));
    mirror.serve(expired.build());
    fails(ExpiredReleaseException.class);
    mirror.serve(expired.build());
    builder().checkValidUntil(false).overwrite(true).build(out());
  }

  @Test
  void aReleaseOfTheFutureIsTold() throws IOException {
    mirror.serve(
        archive()
            .release("Date", TestArchive.date(NOW.instant().plus(Duration.ofDays(2))))
            .build());
    fails(ExpiredReleaseException.class);
  }

  @Test
  void aWrongIndexIsTold() throws IOException {
    mirror.fault("Packages.gz", TestMirror.instead(new byte[100]));
    assertTrue(fails(HashMismatchException.class).file().endsWith("Packages.gz"));
  }

  @Test
  void aWrongPackageIsTold() throws IOException {
    mirror.fault(
        "libx_1.0.deb",
        (exchange, bytes) -> {
          bytes[bytes.length / 2] ^= 1;
          TestMirror.send(exchange, bytes);
          bytes[bytes.length / 2] ^= 1;
        });
    assertTrue(fails(HashMismatchException.class).file().endsWith("libx_1.0.deb"));
  }

  @Test
  void aCutConnectionIsRetriedAndTold() throws IOException {
    AtomicInteger count = new AtomicInteger();
    mirror.fault(
        "libx_1.0.deb",
        (exchange, bytes) -> {
          count.incrementAndGet();
          TestMirror.cutAfter(1000).answer(exchange, bytes);
        });
    MirrorUnavailableException e = fails(MirrorUnavailableException.class);
    assertEquals(3, count.get());
    assertEquals(3, e.tried().size());
  }

  @Test
  void aMissingPackageFileIsTold() throws IOException {
    mirror.fault("libx_1.0.deb", TestMirror.status(404));
    fails(MirrorUnavailableException.class);
  }

  @Test
  void aMissingDependencyIsTold() throws IOException {
    mirror.serve(
        archive().add(new TestPackage("broken").depends("libx (>= 7)").essential()).build());
    assertEquals(List.of("broken", "libx (>= 7)"), fails(MissingPackageException.class).chain());
  }

  @Test
  void aMalformedPackageIsTold() throws IOException {
    TestPackage climbing = new TestPackage("sh").add("../../x", (byte) '0', 0644, "", new byte[3]);
    mirror.serve(new TestArchive(SIGNER, "testing").add(climbing).build());
    fails(BadArchiveException.class);
  }

  @Test
  void anImageThatIsTooSmallIsTold() throws IOException {
    DiskFullException e =
        assertThrows(DiskFullException.class, () -> builder().size(2 << 20).build(out()));
    assertTrue(String.valueOf(e.getMessage()).contains("too small"), e.getMessage());
    assertEquals(List.of(), outputs());
    build();
  }

  @Test
  void aDiskThatIsTooSmallIsToldBeforeAnythingIsDownloaded() throws IOException {
    mirror.serve(
        archive()
            .add(new TestPackage("huge").essential().field("Installed-Size", "900000000000"))
            .build());
    DiskFullException e = fails(DiskFullException.class);
    assertTrue(String.valueOf(e.getMessage()).contains("MiB"), e.getMessage());
  }

  @Test
  void aDiskThatFillsUpIsTold() throws IOException {
    Path small = folder.resolve("full");
    FullDisk.assume();
    try (FullDisk disk = FullDisk.mount(small, 1 << 20)) {
      Path image = disk.folder().resolve("image.ext2");
      DiskFullException e = assertThrows(DiskFullException.class, () -> builder().build(image));
      assertTrue(String.valueOf(e.getMessage()).contains("image.ext2"), e.getMessage());
      try (Stream<Path> left = Files.list(disk.folder())) {
        assertEquals(0, left.count());
      }
      DiskFullException cache =
          assertThrows(
              DiskFullException.class,
              () -> builder().cacheDir(disk.folder().resolve("cache")).build(out()));
      assertTrue(String.valueOf(cache.getMessage()).contains("cache"), cache.getMessage());
      assertEquals(List.of(), outputs());
    }
  }

  @Test
  void anErrorInTheListenerLeavesNothing() throws IOException {
    IllegalStateException stop = new IllegalStateException("stop");
    ImageBuilder builder =
        builder()
            .listener(
                new BuildListener() {
                  @Override
                  public void progress(Phase phase, String item, long done, long total) {
                    if (phase == Phase.UNPACK) {
                      throw stop;
                    }
                  }
                });
    assertEquals(stop, assertThrows(IllegalStateException.class, () -> builder.build(out())));
    assertEquals(List.of(), outputs());
  }

  @Test
  void aFinisherHasTheLastWord() throws IOException {
    ImageBuilder failing =
        builder()
            .finisher(
                image -> {
                  assertEquals("testing", ImageInfo.read(image).suite());
                  throw new IOException("no wish to");
                });
    ImageException e = assertThrows(ImageException.class, () -> failing.build(out()));
    assertTrue(String.valueOf(e.getMessage()).contains("no wish to"), e.getMessage());
    assertEquals(List.of(), outputs());
  }

  @Test
  void theDefaultImageIsBuiltOnce() throws Exception {
    Path cache = folder.resolve("user-cache");
    Path leftover = cache.resolve("images").resolve("testing-amd64-1.ext2.tmp-0");
    Files.createDirectories(leftover.getParent());
    Files.writeString(leftover, "of a build that was killed");
    AtomicInteger unpacked = new AtomicInteger();
    BuildListener counter =
        new BuildListener() {
          @Override
          public void progress(Phase phase, String item, long done, long total) {
            if (phase == Phase.FINISH) {
              unpacked.incrementAndGet();
            }
          }
        };
    List<Thread> threads =
        Stream.generate(
                () ->
                    Thread.ofPlatform()
                        .start(() -> DefaultImage.locate(cache, builder().listener(counter))))
            .limit(4)
            .toList();
    for (Thread thread : threads) {
      assertTrue(thread.join(Duration.ofNanos(TimeUnit.MINUTES.toNanos(1))));
    }
    assertEquals(1, unpacked.get());
    Path image = DefaultImage.locate(cache, builder().mirror("http://nowhere.invalid"));
    assertFalse(Files.exists(leftover));
    assertEquals(3, ImageInfo.read(image).packages().size());
  }

  @Test
  void aDefaultImageThatCannotBeBuiltIsTriedAgain() {
    Path cache = folder.resolve("user-cache");
    mirror.serve(Map.of());
    assertThrows(MirrorUnavailableException.class, () -> DefaultImage.locate(cache, builder()));
    mirror.serve(archive().build());
    assertTrue(Files.exists(DefaultImage.locate(cache, builder())));
  }

  @Test
  void infoOfAFileThatIsNoImage() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "no image ".repeat(1000));
    assertThrows(BadArchiveException.class, () -> ImageInfo.read(text));
    assertInstanceOf(
        ImageException.class,
        assertThrows(ImageException.class, () -> ImageInfo.read(folder.resolve("none"))));
  }
}
