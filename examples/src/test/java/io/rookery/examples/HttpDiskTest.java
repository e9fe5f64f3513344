package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.Disk;
import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.HttpOptions;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  @Test
  void whatAProgramReadsIsFetchedFirst() throws Exception {
    Path image = folder.resolve("primed.ext2");
    String original = DefaultImage.locate(BuildListener.SILENT).toString();
    Process copy =
        new ProcessBuilder("cp", "--sparse=always", original, image.toString()).inheritIO().start();
    assertEquals(0, copy.waitFor());
    List<String> program = List.of("python3", "-c", "1");
    List<String> arguments = new ArrayList<>(List.of(image.toString()));
    arguments.addAll(program);
    assertEquals(0, new ImagePrimeCommand().execute(arguments));
    HttpOptions options = HttpOptions.cachedIn(folder.resolve("cache"));
    try (ImageServer server = new ImageServer(image);
        BlockDevice device = BlockDevices.http(server.uri(), options)) {
      long fetched = quietOnce(server);
      assertTrue(fetched > 5_000_000, fetched + " bytes before anything was asked for");
      try (Vm vm = Vm.builder().disk(Disks.http(server.uri(), options)).build()) {
        assertEquals(0, Outcome.of(vm.process(program).start(), 120).status());
      }
      assertTrue(server.bytes.get() - fetched < 2_000_000, server.bytes + " after " + fetched);
      device.read(0, ByteBuffer.allocate(1)); // it was open until here, and its reads shared
    }
  }

  /** How much was sent once nothing more is. */
  private static long quietOnce(ImageServer server) throws InterruptedException {
    long before = -1;
    while (server.bytes.get() != before || before < 5_000_000) {
      before = server.bytes.get();
      Thread.sleep(500);
    }
    return before;
  }
}
