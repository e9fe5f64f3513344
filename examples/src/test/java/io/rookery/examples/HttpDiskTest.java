package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.Disk;
import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.ext2.block.HttpOptions;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Debian whose image is on a web server. */
class HttpDiskTest {
  private static final String SCRIPT =
      "cat /kept 2>/dev/null; echo kept > /kept; python3 -c 'print(6 * 7)'";

  @TempDir Path folder;

  private static String run(Disk disk) throws Exception {
    try (Vm vm = Vm.builder().disk(disk).build()) {
      Outcome outcome = Outcome.of(vm.exec("sh", "-c", SCRIPT), 120);
      assertEquals(0, outcome.status(), outcome.errors());
      return outcome.output();
    }
  }

  @Test
  void littleIsReadAndThenNothing() throws Exception {
    HttpOptions options = HttpOptions.cachedIn(folder.resolve("cache"));
    Path overlay = folder.resolve("overlay");
    try (ImageServer server = new ImageServer(DefaultImage.locate(BuildListener.SILENT))) {
      assertEquals("42\n", run(Disks.http(server.uri(), options)));
      assertTrue(server.bytes.get() < 40_000_000, server.bytes + " bytes");
      assertTrue(server.requests.get() < 100, server.requests + " requests");
      server.bytes.set(0);
      server.requests.set(0);
      assertEquals("42\n", run(Disks.http(server.uri(), options)));
      assertEquals("42\n", run(Disks.http(server.uri(), options, overlay)));
      assertEquals("kept\n42\n", run(Disks.http(server.uri(), options, overlay)));
      assertEquals(0, server.bytes.get());
      assertEquals(3, server.requests.get()); // whether the image is still the same
    }
  }
}
