package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.EngineKind;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Debian's package managers, in an image whose packages dpkg configured in a VM. */
class PackagesTest {
  @TempDir static Path directory;

  private static ProgramComparison comparison;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    ProgramComparison.assumeRoot();
    Path cache = DefaultImage.path().getParent().resolveSibling("configured");
    ImageBuilder recipe =
        ImageBuilder.debian()
            .packages(List.of("apt", "gawk"))
            .configure(true)
            .listener(BuildListener.SILENT);
    comparison =
        new ProgramComparison(DefaultImage.locate(cache, recipe), directory.resolve("root"));
  }

  @Test
  void allPackagesAreConfigured() throws Exception {
    Program list =
        new Program(
            "configured",
            "dpkg -l | grep -vc '^ii'; dpkg --audit; ls /var/lib/dpkg/updates"
                + " /var/lib/dpkg/triggers /usr/sbin/policy-rc.d; cat /etc/passwd /etc/group");
    try (var vm = comparison.vm(EngineKind.JIT)) {
      comparison.compare(vm, list);
      Process unconfigured =
          vm.exec("sh", "-c", "dpkg-query -W -f '${Status}\n' | grep -v '^install ok installed$'");
      assertEquals("", new String(unconfigured.getInputStream().readAllBytes(), UTF_8));
    }
  }

  @TestFactory
  Stream<DynamicTest> compiled() throws IOException {
    return comparison.tests(EngineKind.JIT, Program.table("packages.txt"));
  }
}
