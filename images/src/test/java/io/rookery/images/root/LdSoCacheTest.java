package io.rookery.images.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.testing.MemoryRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LdSoCacheTest {
  private static final int DYNAMIC = 200;
  private static final int STRINGS = 300;
  private static final int BASE = 0x1000;

  private final RootTree tree = new RootTree(new MemoryRoot(), Instant.EPOCH);

  /** The smallest 64-bit shared object that has a soname. */
  private static byte[] library(int machine, String soname) {
    ByteBuffer elf = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0x464C457F).put((byte) 2).put((byte) 1).put((byte) 1);
    elf.putShort(16, (short) 3).putShort(18, (short) machine);
    elf.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
    elf.putInt(64, 1).putLong(64 + 8, 0).putLong(64 + 16, BASE).putLong(64 + 32, 400);
    elf.putInt(120, 2).putLong(120 + 8, DYNAMIC).putLong(120 + 32, 48);
    elf.putLong(DYNAMIC, 14).putLong(DYNAMIC + 8, 5);
    elf.putLong(DYNAMIC + 16, 5).putLong(DYNAMIC + 24, BASE + STRINGS);
    elf.position(STRINGS + 5).put(soname.getBytes(StandardCharsets.UTF_8));
    return elf.array();
  }

  private void add(String path, byte[] contents) throws IOException {
    tree.write(path, tree.attributes(0644), contents);
  }

  /** The entries of a cache: "name path flags". */
  private static List<String> entries(byte[] cache) {
    ByteBuffer in = ByteBuffer.wrap(cache).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals("glibc-ld.so.cache1.1", new String(cache, 0, 20, StandardCharsets.US_ASCII));
    int count = in.getInt(20);
    assertEquals(cache.length, 48 + 24 * count + in.getInt(24));
    assertEquals(2, in.get(28));
    List<String> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = 48 + 24 * i;
      found.add(
          text(cache, in.getInt(at + 4))
              + " "
              + text(cache, in.getInt(at + 8))
              + " "
              + Integer.toHexString(in.getInt(at)));
    }
    return found;
  }

  private static String text(byte[] cache, int from) {
    int end = from;
    while (cache[end] != 0) {
      end++;
    }
    return new String(cache, from, end - from, StandardCharsets.UTF_8);
  }

  @Test
  void listsSonamesInDescendingOrder() throws IOException {
    tree.write("/etc/ld.so.conf", 0644, "# comment\ninclude /etc/ld.so.conf.d/*.conf\n");
    tree.write("/etc/ld.so.conf.d/a.conf", 0644, "/opt/lib/\n");
    tree.write("/etc/ld.so.conf.d/b.other", 0644, "/ignored\n");
    add("/opt/lib/libx.so.2", library(62, "libx.so.2"));
    add("/opt/lib/libx.so.10", library(62, "libx.so.10"));
    add("/usr/lib/libx.so.2", library(62, "libx.so.2"));
    add("/usr/lib/libarm.so.1", library(183, "libarm.so.1"));
    add("/usr/lib/libversioned.so.1.2", library(62, "libversioned.so.1"));
    tree.symlink("/usr/lib/libversioned.so.1", "libversioned.so.1.2", tree.attributes(0777), "");
    add("/usr/lib/libother.so.1", library(8, "libother.so.1"));
    add("/usr/lib/libtext.so", "GROUP ( libc.so.6 )".getBytes(StandardCharsets.UTF_8));
    add("/ignored/libi.so.1", library(62, "libi.so.1"));
    assertEquals(
        List.of(
            "libx.so.10 /opt/lib/libx.so.10 303",
            "libx.so.2 /opt/lib/libx.so.2 303",
            "libversioned.so.1 /usr/lib/libversioned.so.1 303",
            "libarm.so.1 /usr/lib/libarm.so.1 a03"),
        entries(LdSoCache.build(tree)));
  }

  @Test
  void configurationInCirclesEnds() throws IOException {
    tree.write("/etc/ld.so.conf", 0644, "include ld.so*.conf\ninclude ld*conf\n");
    assertEquals(List.of(), entries(LdSoCache.build(tree)));
  }

  @ParameterizedTest
  @CsvSource({
    "libc.so.6, libc.so.6, 0",
    "libx.so.9, libx.so.10, -1",
    "libx.so.010, libx.so.10, 0",
    "liba.so, libb.so, -1",
    "libx1.so, libxa.so, 1",
    "libx, libxy, -1",
    "libx.so, libx, 1",
  })
  void ordersNamesAsTheLoaderDoes(String a, String b, int order) {
    assertEquals(order, Integer.signum(LdSoCache.compare(a, b)));
    assertEquals(-order, Integer.signum(LdSoCache.compare(b, a)));
  }

  @Test
  void damagedLibrariesAreLeftOut() {
    byte[] good = library(62, "libx.so.1");
    assertEquals(new ElfSoname(62, true, "libx.so.1"), ElfSoname.read(good).orElseThrow());
    for (int length = 0; length < good.length; length++) {
      assertTrue(ElfSoname.read(Arrays.copyOf(good, length)).isPresent() || length < STRINGS + 15);
    }
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = good.clone();
      for (int j = 0; j < 3; j++) {
        damaged[random.nextInt(STRINGS)] = (byte) random.nextInt();
      }
      assertTrue(ElfSoname.read(damaged).map(e -> e.soname().length() <= 256).orElse(true));
    }
  }
}
