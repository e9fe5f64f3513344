package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Directories of the host that guests write to. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HostDirectoryTest {
  @TempDir Path temporary;
  private Path shared;
  private Vm vm;

  @BeforeEach
  void start() throws IOException {
    shared = Files.createDirectory(temporary.resolve("shared"));
    vm = machine(true);
  }

  private Vm machine(boolean writable) {
    return Vm.builder()
        .disk(Disks.hostDirectory(Path.of("/")))
        .mount(shared, "/rookery", writable)
        .build();
  }

  @AfterEach
  void stop() {
    vm.close();
  }

  private static String output(Vm machine, String script) throws Exception {
    Process p =
        machine
            .process("/bin/sh", "-c", script)
            .directory("/rookery")
            .redirectErrorStream()
            .start();
    String text = new String(p.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, p.waitFor(), text);
    return text;
  }

  private String run(String script) throws Exception {
    return output(vm, "set -e; " + script);
  }

  private String names() throws IOException {
    try (Stream<Path> all = Files.walk(shared)) {
      return String.join(
          " ",
          all.filter(p -> !p.equals(shared))
              .map(p -> shared.relativize(p).toString())
              .sorted()
              .toList());
    }
  }

  @Test
  void theHostSeesExactlyWhatTheGuestDoes() throws Exception {
    run("echo one > a; mkdir -p d/e; cp a d/e/b; ln a hard; ln -s ../a d/link; echo two >> a");
    assertEquals("a d d/e d/e/b d/link hard", names());
    assertEquals("one\ntwo\n", Files.readString(shared.resolve("hard")));
    assertEquals("one\n", Files.readString(shared.resolve("d/e/b")));
    assertEquals(Path.of("../a"), Files.readSymbolicLink(shared.resolve("d/link")));

    run("mv d/e f; mv -f f/b hard; chmod 4750 a; touch -d '2001-02-03 04:05:06 UTC' a");
    assertEquals("a d d/link f hard", names());
    assertEquals("one\n", Files.readString(shared.resolve("hard")));
    assertEquals(0104750, Files.getAttribute(shared.resolve("a"), "unix:mode"));
    assertEquals("2001-02-03T04:05:06Z", Files.getLastModifiedTime(shared.resolve("a")).toString());

    run("truncate -s 3 a; : > hard; truncate -s 10000 hard; rmdir f; rm d/link");
    assertEquals("one", Files.readString(shared.resolve("a")));
    assertEquals(10000, Files.size(shared.resolve("hard")));
    assertEquals("a d hard", names());
    run("rm -r *");
    assertEquals("", names());
  }

  @Test
  void theGuestSeesWhatTheHostDoes() throws Exception {
    Files.writeString(shared.resolve("from-host"), "1\n");
    assertEquals("1\n", run("cat from-host"));
    Files.writeString(shared.resolve("from-host"), "22\n");
    assertEquals("22\n", run("cat from-host"));
    Files.delete(shared.resolve("from-host"));
    Thread.sleep(1_100); // names are believed for a second
    assertEquals("gone\n", run("test -e from-host || echo gone"));
  }

  @Test
  void linksOfTheHostStayInsideTheGuest() throws Exception {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret\n");
    Files.createSymbolicLink(shared.resolve("absolute"), Path.of("/rookery-probe/secret"));
    Files.createSymbolicLink(shared.resolve("relative"), Path.of("../outside/secret"));
    Files.createSymbolicLink(shared.resolve("directory"), Path.of("../outside"));
    assertEquals("/rookery-probe/secret\n../outside/secret\n", run("readlink absolute relative"));
    assertEquals(
        "refused\nrefused\nrefused\n",
        run(
            "for f in absolute relative directory/secret;"
                + " do cat $f 2>/dev/null || echo refused; done"));
    run("echo x > directory/new 2>/dev/null || true; echo x 2>/dev/null > relative || true");
    assertEquals("secret\n", Files.readString(outside.resolve("secret")));
    assertFalse(Files.exists(outside.resolve("new")));
  }

  @Test
  void errorsAreLinuxs() throws Exception {
    Files.createDirectories(shared.resolve("full/inner"));
    String text =
        run(
            "LC_ALL=C; export LC_ALL; rmdir full || true; mkdir full || true; mkfifo p || true;"
                + " ln missing x || true; mv -T full full/inner || true; cat full/nothing || true");
    for (String expected :
        new String[] {
          "Directory not empty", "File exists", "Operation not permitted", "No such file", "itself"
        }) {
      assertTrue(text.contains(expected), text);
    }
    assertEquals("full full/inner", names());
  }

  @Test
  void aReadOnlyMountRefusesEverything() throws Exception {
    Files.writeString(shared.resolve("f"), "kept");
    try (Vm machine = machine(false)) {
      String text =
          output(
              machine,
              "LC_ALL=C; export LC_ALL; echo x > f; touch new; mkdir d; rm -f f; mv f g; chmod 0 f;"
                  + " true");
      assertEquals(6, text.split("Read-only file system", -1).length - 1, text);
    }
    assertEquals("kept", Files.readString(shared.resolve("f")));
    assertEquals("f", names());
  }

  @Test
  @SuppressWarnings("StringConcatToTextBlock")
  void sharedMappingsReachTheFile() throws Exception {
    run(
        "python3 -c \"\n"
            + "import mmap, os\n"
            + "f = open('mapped', 'w+b'); f.truncate(10000)\n"
            + "m = mmap.mmap(f.fileno(), 10000)\n"
            + "m[5000:5005] = b'first'; m.flush()\n"
            + "assert os.pread(f.fileno(), 5, 5000) == b'first'\n"
            + "os.pwrite(f.fileno(), b'write', 6000); assert m[6000:6005] == b'write'\n"
            + "g = open('unsynced', 'w+b'); g.truncate(4096)\n"
            + "n = mmap.mmap(g.fileno(), 4096); g.close(); n[0:4] = b'exit'\n"
            + "os._exit(0)\n\"");
    byte[] bytes = Files.readAllBytes(shared.resolve("mapped"));
    assertEquals(10000, bytes.length);
    assertEquals("first", new String(bytes, 5000, 5, UTF_8));
    assertEquals("write", new String(bytes, 6000, 5, UTF_8));
    assertEquals("exit", new String(Files.readAllBytes(shared.resolve("unsynced")), 0, 4, UTF_8));
  }

  @Test
  void aLargeCopyIsIntact() throws Exception {
    byte[] bytes = new byte[20_000_003];
    new Random(42).nextBytes(bytes);
    Files.write(shared.resolve("large"), bytes);
    run(
        "cp large copy; cat large >> copy; dd if=large of=blocks bs=64k 2>/dev/null; cmp large"
            + " blocks");
    assertEquals(-1, Files.mismatch(shared.resolve("large"), shared.resolve("blocks")));
    byte[] copy = Files.readAllBytes(shared.resolve("copy"));
    assertEquals(2 * bytes.length, copy.length);
    assertTrue(java.util.Arrays.equals(copy, 0, bytes.length, bytes, 0, bytes.length));
    assertTrue(java.util.Arrays.equals(copy, bytes.length, copy.length, bytes, 0, bytes.length));
  }

  private static int id(Path file, String attribute) throws IOException {
    return ((Number) Files.getAttribute(file, "unix:" + attribute)).intValue();
  }

  private static String as(Vm machine, String user, String script) throws Exception {
    Process p =
        machine
            .process("/bin/sh", "-c", "cd /rookery; LC_ALL=C; export LC_ALL; " + script + "; true")
            .user(user)
            .redirectErrorStream()
            .start();
    String text = new String(p.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, p.waitFor(), text);
    return text;
  }

  @Test
  void ownersAreTranslated() throws Exception {
    int uid = id(shared, "uid");
    int gid = id(shared, "gid");
    Files.writeString(shared.resolve("f"), "from the host\n");
    try (Vm machine =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .mount(
                shared, "/rookery", IdMap.of(4321, uid).and(5000, uid + 1, 10), IdMap.of(8765, gid))
            .build()) {
      assertEquals(
          "4321:8765 f\nfrom the host\n4321:8765 made\n4321:8765 d\n",
          as(
              machine,
              "4321:8765",
              "stat -c '%u:%g %n' f; cat f; echo x >> f; echo y > made; chmod 600 made; mkdir d;"
                  + " stat -c '%u:%g %n' made d"));
      assertEquals(uid, id(shared.resolve("made"), "uid"));
      assertEquals(gid, id(shared.resolve("d"), "gid"));
      // Root has no counterpart: it sees and changes everything, and can make and give away
      // nothing.
      String text =
          as(
              machine,
              "0:0",
              "cat made; rm d/none; touch new; chown 0 f; chown 4999 f; chmod 640 f");
      assertEquals(3, text.split("Value too large for defined data type", -1).length - 1, text);
      assertTrue(text.startsWith("y\n"), text);
      assertEquals(uid, id(shared.resolve("f"), "uid"));
      assertEquals(0100640, Files.getAttribute(shared.resolve("f"), "unix:mode"));
    }
    assertEquals("d f made", names());
  }

  @Test
  void whatBelongsToNobodyInTheGuestStaysAsItIs() throws Exception {
    Files.writeString(shared.resolve("open"), "readable\n");
    Files.writeString(shared.resolve("shut"), "secret\n");
    Files.setAttribute(shared.resolve("open"), "unix:mode", 0666);
    Files.setAttribute(shared.resolve("shut"), "unix:mode", 0600);
    Files.setAttribute(shared, "unix:mode", 0777);
    try (Vm machine =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .mount(shared, "/rookery", IdMap.of(0, id(shared, "uid") + 1), IdMap.SAME)
            .build()) {
      for (String user : new String[] {"0:0", "65534:65534"}) {
        String text =
            as(
                machine,
                user,
                "stat -c %u open; cat open; cat shut; echo x > open; echo x > new; rm -f open;"
                    + " mv open moved; ln open linked; chmod 644 open; mkdir d");
        assertTrue(text.startsWith("65534\nreadable\n"), text);
        assertFalse(text.contains("secret"), text);
        assertEquals("readable\n", Files.readString(shared.resolve("open")));
        assertEquals(0100666, Files.getAttribute(shared.resolve("open"), "unix:mode"));
        assertEquals("open shut", names());
      }
    }
  }

  @Test
  void idMapsAreRanges() {
    IdMap map = IdMap.of(0, 1000).and(1, 100_000, 65_536);
    assertEquals(1000, map.hostOf(0));
    assertEquals(100_041, map.hostOf(42));
    assertEquals(165_535, map.hostOf(65_536));
    assertEquals(-1, map.hostOf(65_537));
    assertEquals(65_536, map.guestOf(165_535));
    assertEquals(-1, map.guestOf(0));
    assertEquals(-2, IdMap.SAME.guestOf(-2)); // 4294967294
    assertEquals(-1, IdMap.SAME.hostOf(-1));
    assertThrows(IllegalArgumentException.class, () -> map.and(50, 5, 1));
    assertThrows(IllegalArgumentException.class, () -> map.and(70_000, 999, 2));
    assertThrows(IllegalArgumentException.class, () -> IdMap.of(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> IdMap.of(1, 0, Integer.MAX_VALUE));
  }

  @Test
  void aWritableRootIsTheHosts() throws Exception {
    Path probe = temporary.resolve("probe");
    try (Vm machine = Vm.builder().disk(Disks.writableHostDirectory(Path.of("/"))).build()) {
      Process p =
          machine.exec("/bin/sh", "-c", "echo in place > '" + probe + "'; cat '" + probe + "'");
      assertEquals("in place\n", new String(p.getInputStream().readAllBytes(), UTF_8));
      assertEquals(0, p.waitFor());
    }
    assertEquals("in place\n", Files.readString(probe));
  }

  @Test
  void aSmallWritableRootGetsNoMountPoints() throws Exception {
    Path sub = Files.createDirectory(temporary.resolve("root"));
    Files.createDirectory(sub.resolve("dev"));
    try (Vm _ = Vm.builder().disk(Disks.writableHostDirectory(sub)).build()) {
      assertTrue(Files.isDirectory(sub.resolve("dev"), LinkOption.NOFOLLOW_LINKS));
    }
    try (Stream<Path> all = Files.walk(sub)) {
      assertEquals(2, all.count()); // the root and dev, as before
    }
  }
}
