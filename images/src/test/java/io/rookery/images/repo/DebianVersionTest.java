package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebianVersionTest {
  @ParameterizedTest
  @CsvSource({
    "1.0, 1.0, 0",
    "1.0, 1.00, 0",
    "1.0-0, 1.0, 0",
    "0:1.0, 1.0, 0",
    "1.0, 1.1, -1",
    "1.9, 1.10, -1",
    "1.0~rc1, 1.0, -1",
    "1.0~~, 1.0~, -1",
    "1.0~, 1.0a, -1",
    "1.0a, 1.0+, -1",
    "1.0a, 1.0-1, 1",
    "2:0.1, 1:9.9, 1",
    "1.2-3, 1.2-10, -1",
    "1.2-3-1, 1.2-4, 1",
    "12.4+deb12u9, 12.4+deb12u15, -1",
    "1.45.6, 1.45.6-1, -1",
    "1.0-1+b2, 1.0-1, 1",
    "99999999999999999999, 100000000000000000000, -1",
  })
  void ordersAsPolicySays(String a, String b, int order) {
    assertEquals(order, Integer.signum(DebianVersion.parse(a).compareTo(DebianVersion.parse(b))));
    assertEquals(-order, Integer.signum(DebianVersion.parse(b).compareTo(DebianVersion.parse(a))));
  }

  @Property
  void isAnOrder(
      @ForAll("versions") String a, @ForAll("versions") String b, @ForAll("versions") String c) {
    DebianVersion x = DebianVersion.parse(a);
    DebianVersion y = DebianVersion.parse(b);
    DebianVersion z = DebianVersion.parse(c);
    assertEquals(0, x.compareTo(DebianVersion.parse(a)));
    assertEquals(Integer.signum(x.compareTo(y)), -Integer.signum(y.compareTo(x)));
    if (x.compareTo(y) <= 0 && y.compareTo(z) <= 0) {
      assertEquals(true, x.compareTo(z) <= 0);
    }
  }

  @Provide
  Arbitrary<String> versions() {
    Arbitrary<String> part =
        Arbitraries.strings().withChars("0019ab~+.-").ofMinLength(1).ofMaxLength(8);
    return part.map(text -> "1" + text);
  }

  @Test
  void agreesWithDpkg() throws IOException, InterruptedException {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/dpkg")), "this host has no dpkg to compare with");
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      String a = randomVersion(random);
      String b = random.nextInt(4) == 0 ? a + random.nextInt(3) : randomVersion(random);
      for (String relation : List.of("lt", "eq")) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/dpkg", "--compare-versions"));
        command.addAll(List.of(a, relation, b));
        int status = new ProcessBuilder(command).start().waitFor();
        int order = DebianVersion.parse(a).compareTo(DebianVersion.parse(b));
        assertEquals(status == 0, relation.equals("lt") ? order < 0 : order == 0, a + " " + b);
      }
    }
  }

  private static String randomVersion(Random random) {
    StringBuilder text = new StringBuilder(random.nextInt(3) == 0 ? "1:" : "");
    text.append(random.nextInt(3));
    int length = random.nextInt(8);
    for (int i = 0; i < length; i++) {
      text.append("0129ab~+.".charAt(random.nextInt(9)));
    }
    if (random.nextBoolean()) {
      text.append('-').append(random.nextInt(12));
      text.append(random.nextBoolean() ? "~b" : "+b1");
    }
    return text.toString();
  }
}
