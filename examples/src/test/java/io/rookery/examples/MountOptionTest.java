package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.VmBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --mount} takes. */
class MountOptionTest {
  @TempDir Path shared;

  private int status(String mount, String script) throws Exception {
    VmBuilder builder = Vm.builder().disk(Disks.hostDirectory(Path.of("/")));
    MountOption.addTo(builder, mount);
    try (Vm vm = builder.build()) {
      return Outcome.of(vm.exec("/bin/sh", "-c", script), 60).status();
    }
  }

  @Test
  void writableOnlyIfAsked() throws Exception {
    assertEquals(1, status(shared + ":/rookery", "mkdir /rookery/made || exit 1"));
    assertEquals(0, status(shared + ":/rookery:rw", "mkdir /rookery/made"));
  }

  @Test
  void ownersAreTranslated() throws Exception {
    int uid = ((Number) Files.getAttribute(shared, "unix:uid")).intValue();
    int gid = ((Number) Files.getAttribute(shared, "unix:gid")).intValue();
    String mount = shared + ":/rookery:rw,uid=0:" + uid + ",uid=7:70000:10,gid=9:" + gid + ":1";
    assertEquals(0, status(mount, "test $(stat -c %u:%g /rookery) = 0:9"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/host",
        "/host:guest",
        "/host:/guest:ro",
        "/host:/guest:rw,uid=1",
        "/host:/guest:rw,uid=1:2:0",
        "/host:/guest:rw,uid=1:2,uid=1:3",
        "/host:/guest:rw,gid=1:99999999999",
        "/host:/guest,uid=1:2"
      })
  void whatMakesNoSenseIsRefused(String text) {
    assertThrows(UsageException.class, () -> MountOption.addTo(Vm.builder(), text));
  }
}
