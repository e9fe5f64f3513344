package io.rookery.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The real thing from this host's mirror: {@code -Drookery.full=true}. */
@EnabledIfSystemProperty(named = "rookery.full", matches = "true")
class FullDebianBuildTest {
  @TempDir Path folder;

  @Test
  void buildsTheDefaultImage() throws IOException, InterruptedException {
    Path out = folder.resolve("default.ext2");
    ImageReport report = ImageBuilder.debian().cacheDir(folder.resolve("cache")).build(out);
    E2fsck.assertClean(out);
    ImageInfo info = ImageInfo.read(out);
    assertEquals("bookworm", info.suite());
    assertEquals("amd64", info.architecture());
    List<String> names = info.packages().stream().map(InstalledPackage::name).toList();
    assertTrue(names.containsAll(ImageBuilder.DEFAULT_PACKAGES), names.toString());
    assertEquals(
        report.packages().stream().map(InstalledPackage::name).collect(Collectors.toSet()),
        info.packages().stream().map(InstalledPackage::name).collect(Collectors.toSet()));
  }
}
