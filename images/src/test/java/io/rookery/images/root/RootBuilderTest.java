package io.rookery.images.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.BadArchiveException;
import io.rookery.images.PackageConflictException;
import io.rookery.images.testing.MemoryRoot;
import io.rookery.images.testing.TestPackage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootBuilderTest {
  private static final Instant TIME = Instant.parse("2024-01-01T00:00:00Z");

  @TempDir Path folder;
  private final MemoryRoot root = new MemoryRoot();
  private final RootTree tree = new RootTree(root, TIME);
  private final DpkgDatabase database = new DpkgDatabase(tree);
  private final PackageUnpacker unpacker = new PackageUnpacker(tree, database);

  private void unpack(TestPackage... packages) throws IOException {
    SystemConfiguration.mergeUsr(tree, "amd64");
    for (TestPackage item : packages) {
      Path file = folder.resolve(item.name() + ".deb");
      Files.write(file, item.build());
      unpacker.unpack(file, item.name(), item.fields().getOrDefault("Version", ""));
    }
  }

  private void configure() throws IOException {
    database.finish();
    new SystemConfiguration(tree, "guest").write();
    Alternatives.install(tree, unpacker.maintainerScripts());
    tree.finish();
  }

  private MemoryRoot.Inode inode(String path) {
    MemoryRoot.Inode inode = root.get(path);
    if (inode == null) {
      throw new AssertionError("there is no " + path + " among " + root.files.keySet());
    }
    return inode;
  }

  @Test
  void keepsModesOwnersTimesAndLinks() throws IOException {
    unpack(
        new TestPackage("a")
            .dir("var/spool/x")
            .owner(7, 8)
            .file("usr/bin/su", 04755, new byte[3])
            .owner(1, 2)
            .symlink("usr/bin/link", "su")
            .hardLink("usr/bin/hard", "usr/bin/su")
            .fifo("run/pipe"));
    configure();
    MemoryRoot.Inode su = inode("/usr/bin/su");
    Instant time = Instant.parse("2021-02-03T04:05:06Z");
    assertEquals(new RootWriter.Attributes(04755, 1, 2, time), su.attributes);
    assertEquals(new RootWriter.Attributes(0755, 7, 8, time), inode("/var/spool/x").attributes);
    assertEquals("su", inode("/usr/bin/link").text());
    assertEquals(su, inode("/usr/bin/hard"));
    assertEquals(2, su.links);
    assertEquals('p', inode("/run/pipe").kind);
  }

  @Test
  void usrIsMerged() throws IOException {
    unpack(new TestPackage("a").dir("bin").file("bin/sh", "x").file("lib64/ld.so", "y"));
    configure();
    assertEquals('l', inode("/bin").kind);
    assertEquals("x", root.text("/usr/bin/sh"));
    assertEquals("y", root.text("/usr/lib64/ld.so"));
    assertEquals("/.\n/bin\n/bin/sh\n/lib64/ld.so\n", root.text("/var/lib/dpkg/info/a.list"));
  }

  @Test
  void dpkgFindsItsDatabase() throws IOException {
    unpack(
        new TestPackage("a")
            .field("Multi-Arch", "same")
            .field("Architecture", "amd64")
            .control("conffiles", "/etc/a.conf\n")
            .control("postinst", "#!/bin/sh\n")
            .control("triggers", "interest-noawait /usr/lib/x\ninterest go\nactivate ldconfig\n")
            .file("etc/a.conf", "value\n"));
    configure();
    assertEquals(
        """
        Package: a
        Status: install ok unpacked
        Version: 1.0
        Architecture: amd64
        Maintainer: Nobody <nobody@example.org>
        Multi-Arch: same
        Conffiles:
         /etc/a.conf 756c412732c9e787f483d35d939b8ef2
        Description: test
         more text

        """,
        root.text("/var/lib/dpkg/status"));
    assertEquals(0755, inode("/var/lib/dpkg/info/a:amd64.postinst").attributes.mode());
    assertEquals("/usr/lib/x a:amd64/noawait\n", root.text("/var/lib/dpkg/triggers/File"));
    assertEquals("a:amd64\n", root.text("/var/lib/dpkg/triggers/go"));
    assertNull(root.get("/var/lib/dpkg/info/a:amd64.control"));
  }

  @Test
  void oneOwnerPerFileUnlessReplaced() throws IOException {
    TestPackage old = new TestPackage("old").file("usr/f", "old");
    TestPackage rude = new TestPackage("rude").file("usr/f", "rude");
    TestPackage heir =
        new TestPackage("heir").field("Replaces", "old (<< 2)").file("usr/f", "heir");
    PackageConflictException e =
        assertThrows(PackageConflictException.class, () -> unpack(old, rude));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("/usr/f") && message.contains("old") && message.contains("rude"));

    MemoryRoot second = new MemoryRoot();
    RootTree secondTree = new RootTree(second, TIME);
    PackageUnpacker replacing = new PackageUnpacker(secondTree, new DpkgDatabase(secondTree));
    for (TestPackage item : List.of(heir, old)) {
      Path file = folder.resolve(item.name());
      Files.write(file, item.build());
      replacing.unpack(file, item.name(), "1.0");
    }
    assertEquals("heir", second.text("/usr/f"));
  }

  @Test
  void aPackageMustBeTheOneTheIndexNames() throws IOException {
    Path file = folder.resolve("x.deb");
    Files.write(file, new TestPackage("other").build());
    assertThrows(BadArchiveException.class, () -> unpacker.unpack(file, "x", "1.0"));
    assertThrows(BadArchiveException.class, () -> unpacker.unpack(file, "other", "1.1"));
  }

  @Test
  void pathsThatClimbAreRefused() {
    for (String bad : List.of("./a/../../b", "../b", "//b")) {
      TestPackage item =
          new TestPackage("a").add(bad, TarConstants.LF_NORMAL, 0644, "", new byte[0]);
      assertThrows(BadArchiveException.class, () -> unpack(item), bad);
    }
  }

  @Test
  void programsFindWhatTheyNeed() throws IOException {
    unpack(
        new TestPackage("base-passwd")
            .file("usr/share/base-passwd/passwd.master", "root:*:0:0:root:/root:/bin/bash\n")
            .file("usr/share/base-passwd/group.master", "root:*:0:\ntty:*:5:\n"),
        new TestPackage("bash").file("bin/bash", "").file("etc/hosts", "mine\n"));
    configure();
    assertEquals("root:*:0:0:root:/root:/bin/bash\n", root.text("/etc/passwd"));
    assertTrue(root.text("/etc/shadow").startsWith("root:*:"));
    assertEquals(0640, inode("/etc/shadow").attributes.mode());
    assertEquals("guest\n", root.text("/etc/hostname"));
    assertEquals("mine\n", root.text("/etc/hosts"));
    assertTrue(root.text("/etc/shells").contains("/bin/bash\n"));
    assertFalse(root.text("/etc/shells").contains("/bin/dash\n"));
    assertEquals("1:3", inode("/dev/null").text());
    assertEquals(01777, inode("/tmp").attributes.mode());
    assertEquals("/run", inode("/var/run").text());
    assertEquals(TIME, inode("/etc").attributes.modified());
  }

  @Test
  void alternativesOfHighestPriorityAreLinked() throws IOException {
    String script =
        """
        case $1 in
        update-alternatives --install /usr/bin/awk awk /usr/bin/%s %d \\
          --slave /usr/bin/nawk nawk /usr/bin/%s --slave /x y /missing
        """;
    unpack(
        new TestPackage("gawk")
            .file("usr/bin/gawk", "g")
            .control("postinst", script.formatted("gawk", 10, "gawk")),
        new TestPackage("mawk")
            .file("usr/bin/mawk", "m")
            .control("postinst", script.formatted("mawk", 5, "mawk")),
        new TestPackage("odd")
            .control(
                "postinst",
                """
                update-alternatives --install "$X" awk /usr/bin/mawk 99
                update-alternatives --install /usr/bin/gone gone /usr/bin/nothing 1
                update-alternatives --install /usr/bin/short
                """));
    configure();
    assertEquals("g", tree.readText("/usr/bin/awk"));
    assertEquals("g", tree.readText("/usr/bin/nawk"));
    assertEquals("/etc/alternatives/awk", inode("/usr/bin/awk").text());
    assertEquals(
        """
        auto
        /usr/bin/awk
        nawk
        /usr/bin/nawk
        y
        /x

        /usr/bin/gawk
        10
        /usr/bin/gawk
        /missing
        /usr/bin/mawk
        5
        /usr/bin/mawk
        /missing

        """,
        root.text("/var/lib/dpkg/alternatives/awk"));
    assertNull(root.get("/usr/bin/gone"));
    assertNull(root.get("/x"));
  }
}
