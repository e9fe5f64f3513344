package io.rookery.images.root;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes {@code /etc/ld.so.cache} as {@code ldconfig} would, in the format "glibc-ld.so.cache1.1"
 * (glibc's dl-cache.h): a header, entries of 24 bytes in descending order of library names, and the
 * strings they point to.
 */
final class LdSoCache {
  private static final String MAGIC = "glibc-ld.so.cache1.1";
  private static final int HEADER = 48;
  private static final int ENTRY = 24;
  private static final byte LITTLE_ENDIAN = 2;
  private static final int MAX_INCLUDES = 10;

  /** glibc's flags of an entry: the C library's generation (libc6) and the architecture. */
  private static final Map<Integer, Integer> FLAGS_64 =
      Map.of(62, 0x0303, 183, 0x0A03); // EM_X86_64, EM_AARCH64

  private static final Map<Integer, Integer> FLAGS_32 =
      Map.of(3, 0x0003, 40, 0x0903); // EM_386, ARM

  private record Entry(String name, String path, int flags) {}

  private final RootTree tree;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<String> known = new HashSet<>();

  private LdSoCache(RootTree tree) {
    this.tree = tree;
  }

  /** The cache of a tree's libraries. */
  static byte[] build(RootTree tree) throws IOException {
    LdSoCache cache = new LdSoCache(tree);
    List<String> folders = new ArrayList<>();
    cache.readConfiguration("/etc/ld.so.conf", folders, 0);
    folders.addAll(List.of("/lib", "/usr/lib"));
    for (String folder : folders) {
      cache.addFolder(folder);
    }
    return cache.encode();
  }

  /** ld.so.conf: a folder a line, or {@code include PATTERN} with a star in its last part. */
  private void readConfiguration(String file, List<String> folders, int depth) throws IOException {
    if (depth > MAX_INCLUDES || tree.kind(file) != RootTree.Kind.FILE) {
      return;
    }
    for (String raw : tree.readText(file).split("\n", -1)) {
      String line = raw.replaceFirst("#.*", "").strip();
      if (line.startsWith("include")) {
        String pattern = line.substring("include".length()).strip();
        String folder = pattern.substring(0, pattern.lastIndexOf('/') + 1);
        String[] around = pattern.substring(folder.length()).split("\\*", -1);
        for (String name : tree.list(folder.isEmpty() ? "/etc" : folder)) {
          if (around.length == 2 && name.startsWith(around[0]) && name.endsWith(around[1])) {
            readConfiguration((folder.isEmpty() ? "/etc/" : folder) + name, folders, depth + 1);
          }
        }
      } else if (line.startsWith("/")) {
        folders.add(line.replaceFirst("/+$", ""));
      }
    }
  }

  private void addFolder(String folder) throws IOException {
    for (String name : tree.list(folder)) {
      String path = folder + "/" + name;
      boolean library = (name.startsWith("lib") || name.startsWith("ld-")) && name.contains(".so");
      if (!library || tree.kind(path) != RootTree.Kind.FILE) {
        continue;
      }
      ElfSoname elf = ElfSoname.read(tree.read(path)).orElse(null);
      if (elf == null) {
        continue;
      }
      Integer flags = (elf.is64() ? FLAGS_64 : FLAGS_32).get(elf.machine());
      String soname = elf.soname().isEmpty() ? name : elf.soname();
      // A name other than the soname is a versioned file or a linker's name: programs never ask.
      if (flags != null && name.equals(soname) && known.add(flags + " " + name)) {
        entries.add(new Entry(name, path, flags));
      }
    }
  }

  private byte[] encode() {
    entries.sort(
        Comparator.comparing(Entry::name, LdSoCache::compare)
            .thenComparingInt(Entry::flags)
            .reversed());
    int stringsAt = HEADER + entries.size() * ENTRY;
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    Map<String, Integer> places = new HashMap<>();
    for (Entry entry : entries) {
      for (String text : List.of(entry.name(), entry.path())) {
        if (places.putIfAbsent(text, stringsAt + strings.size()) == null) {
          strings.writeBytes(text.getBytes(StandardCharsets.UTF_8));
          strings.write(0);
        }
      }
    }
    ByteBuffer cache =
        ByteBuffer.allocate(stringsAt + strings.size()).order(ByteOrder.LITTLE_ENDIAN);
    cache.put(MAGIC.getBytes(StandardCharsets.US_ASCII));
    cache.putInt(entries.size()).putInt(strings.size()).put(LITTLE_ENDIAN);
    cache.position(HEADER); // no extensions
    for (Entry entry : entries) {
      cache
          .putInt(entry.flags())
          .putInt(places.getOrDefault(entry.name(), 0))
          .putInt(places.getOrDefault(entry.path(), 0))
          .putInt(0) // once the kernel's version
          .putLong(0); // no hardware capabilities
    }
    cache.put(strings.toByteArray());
    return cache.array();
  }

  /** glibc's order of names: runs of digits by their value, and after any other character. */
  static int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length()) {
      char c = a.charAt(i);
      char d = j < b.length() ? b.charAt(j) : '\0';
      if (isDigit(c) && isDigit(d)) {
        long first = 0;
        for (; i < a.length() && isDigit(a.charAt(i)); i++) {
          first = first * 10 + a.charAt(i) - '0';
        }
        long second = 0;
        for (; j < b.length() && isDigit(b.charAt(j)); j++) {
          second = second * 10 + b.charAt(j) - '0';
        }
        if (first != second) {
          return Long.compare(first, second);
        }
      } else if (isDigit(c)) {
        return 1;
      } else if (isDigit(d)) {
        return -1;
      } else if (c != d) {
        return c - d;
      } else {
        i++;
        j++;
      }
    }
    return j < b.length() ? -1 : 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
