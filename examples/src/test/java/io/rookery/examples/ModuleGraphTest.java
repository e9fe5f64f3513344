package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds every module descriptor and pom.xml of the repository against the list of who may need
 * whom. A new edge is a change of the architecture: it belongs into docs/design.md first.
 */
class ModuleGraphTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private record Module(String name, String artifact, Set<String> mayNeed) {}

  private static final Map<String, Module> MODULES =
      Map.of(
          "tcpip",
          new Module("io.rookery.tcpip", "rookery-tcpip", Set.of()),
          "mmu",
          new Module("io.rookery.mmu", "rookery-mmu", Set.of()),
          "fs-ext2",
          new Module("io.rookery.ext2", "rookery-ext2", Set.of()),
          "cpu",
          new Module("io.rookery.cpu", "rookery-cpu", Set.of("mmu")),
          "wireguard",
          new Module("io.rookery.wireguard", "rookery-wireguard", Set.of("tcpip")),
          "derp",
          new Module("io.rookery.tailscale", "rookery-tailscale", Set.of("wireguard", "tcpip")),
          "syscalls",
          new Module("io.rookery.linux", "rookery-linux", Set.of("cpu", "mmu", "fs-ext2", "tcpip")),
          "vm",
          new Module("io.rookery", "rookery", Set.of("syscalls", "tcpip", "fs-ext2", "cpu", "mmu")),
          "images",
          new Module("io.rookery.images", "rookery-images", Set.of("vm", "fs-ext2")),
          "examples",
          new Module("io.rookery.examples", "rookery-examples", Set.of("vm", "images")));

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\n]*");
  private static final Pattern NAME = Pattern.compile("\\bmodule\\s+([\\w.]+)\\s*\\{");
  private static final Pattern REQUIRES =
      Pattern.compile("\\brequires\\s+(?:(?:static|transitive)\\s+)*(io\\.rookery[\\w.]*)\\s*;");
  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<dependency>\\s*<groupId>io\\.rookery</groupId>\\s*<artifactId>([\\w-]+)</artifactId>");

  static Set<String> folders() {
    return new TreeSet<>(MODULES.keySet());
  }

  @Test
  void listIsComplete() throws IOException {
    try (Stream<Path> files = Files.list(ROOT)) {
      Set<String> found = new TreeSet<>();
      files
          .filter(folder -> Files.exists(folder.resolve("src/main/java/module-info.java")))
          .forEach(folder -> found.add(folder.getFileName().toString()));
      assertEquals(folders(), found);
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void descriptorNeedsOnlyWhatItMay(String folder) throws IOException {
    Module module = MODULES.get(folder);
    String source = read(folder, "src/main/java/module-info.java");
    String code = COMMENT.matcher(source).replaceAll("");
    assertEquals(Set.of(module.name()), all(NAME, code));
    assertAllowed(folder, names(module), all(REQUIRES, code));
  }

  /** The class path knows no descriptors, so the poms must say the same. */
  @ParameterizedTest
  @MethodSource("folders")
  void pomNeedsOnlyWhatItMay(String folder) throws IOException {
    Module module = MODULES.get(folder);
    Set<String> allowed = new HashSet<>();
    module.mayNeed().forEach(other -> allowed.add(MODULES.get(other).artifact()));
    assertAllowed(folder, allowed, all(DEPENDENCY, read(folder, "pom.xml")));
  }

  @ParameterizedTest
  @MethodSource("folders")
  void noCycle(String folder) {
    Set<String> reached = new HashSet<>();
    reach(folder, reached);
    assertTrue(!reached.contains(folder), () -> folder + " needs itself through " + reached);
  }

  private static void reach(String folder, Set<String> reached) {
    for (String other : MODULES.get(folder).mayNeed()) {
      if (reached.add(other)) {
        reach(other, reached);
      }
    }
  }

  private static Set<String> names(Module module) {
    Set<String> names = new HashSet<>();
    module.mayNeed().forEach(other -> names.add(MODULES.get(other).name()));
    return names;
  }

  private static void assertAllowed(String folder, Set<String> allowed, Set<String> needed) {
    Set<String> surplus = new TreeSet<>(needed);
    surplus.removeAll(allowed);
    assertEquals(Set.of(), surplus, () -> folder + "/ may need only " + allowed);
  }

  private static Set<String> all(Pattern pattern, String text) {
    Set<String> found = new TreeSet<>();
    pattern.matcher(text).results().forEach(match -> found.add(match.group(1)));
    return found;
  }

  private static String read(String folder, String file) throws IOException {
    return Files.readString(ROOT.resolve(folder).resolve(file), UTF_8);
  }
}
