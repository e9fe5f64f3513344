package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest whose root is ext4, made by mke2fs with a distribution's options, and what it leaves. */
class Ext4RootTest {
  private static final String SESSION =
      """
      set -e
      mkdir -p /srv/s/deep/er; cd /srv/s
      cp -a /usr/share/perl5 /usr/lib/x86_64-linux-gnu/perl-base /etc . 2>/dev/null || cp -a /etc .
      tar cf - /etc /usr/bin | tee all.tar | md5sum
      mkdir out; tar xf all.tar -C out; diff --no-dereference -r /usr/bin out/usr/bin
      for i in $(seq 400); do echo $i > deep/f$i; mkdir deep/d$i; done
      for i in $(seq 1 3 400); do rm deep/f$i; rmdir deep/d$i; done
      mv deep/f2 deep/er/moved; ln -s ../all.tar deep/link; ln all.tar hard
      truncate -s 3G sparse; echo end >> sparse; fallocate -l 20M reserved; echo data >> reserved
      dd if=/dev/zero of=reserved bs=4k seek=100 count=50 conv=notrunc 2>/dev/null
      rm -r out/usr etc; sync
      md5sum < hard; stat -c %s sparse; ls deep | wc -l
      """;

  @TempDir Path directory;

  private static Outcome tool(String... command) throws Exception {
    return Outcome.of(new ProcessBuilder(command).start(), 120);
  }

  @Test
  void aGuestWritesToItsRoot() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/sbin/mke2fs")), "no mke2fs");
    Path image = directory.resolve("disk.ext4");
    Path tree = directory.resolve("tree");
    NativeRoot.unpack(DefaultImage.locate(BuildListener.SILENT), tree);
    Outcome made =
        tool("mke2fs", "-q", "-t", "ext4", "-d", tree.toString(), image.toString(), "2G");
    assertEquals(0, made.status(), made.errors());
    try (Vm vm = Vm.builder().disk(Disks.image(image)).build()) {
      Outcome outcome = Outcome.of(vm.exec("bash", "-c", SESSION), 300);
      assertEquals(0, outcome.status(), outcome.errors());
      String[] lines = outcome.output().split("\n", -1);
      assertEquals(lines[0], lines[1]); // through the pipe, and from the disk
      assertEquals("3221225476", lines[2]);
      assertEquals("533", lines[3]);
    }
    Outcome check = tool("e2fsck", "-fn", image.toString());
    assertEquals(0, check.status(), check.output());
    Outcome stat = tool("debugfs", "-R", "stat /srv/s/all.tar", image.toString());
    assertTrue(stat.output().contains("Links: 2"), stat.output());
    assertTrue(stat.output().contains("EXTENTS:"), stat.output());
    Outcome cat = tool("debugfs", "-R", "cat /srv/s/deep/er/moved", image.toString());
    assertEquals("2\n", cat.output());
  }
}
