package io.rookery.benchmarks.disks;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The Java API on an image file, next to fuse2fs and to the host's kernel on the same file: each
 * workload by each way in turn, on an image that is mounted anew with the host's caches dropped.
 * Times of changes go on until the image is unmounted and forced to the disk; what only reads is
 * done a second time, with caches as they are then. Needs root.
 *
 * <p>Arguments: the folder to work in, which needs room for the image; then {@code -n N}
 * (repetitions, default 3), {@code --mib N} (size of the large files, default 1024), {@code --files
 * N} (number of small ones, default 100,000) and {@code --pages N} (random accesses, default
 * 20,000). Prints Markdown.
 */
public final class Disks {
  private static final int MIB = 1 << 20;
  private static final int PAGE = 4096;
  private static final int FILES_PER_DIRECTORY = 1000;
  private static final int SMALL_FILE = 100;
  private static final String AGAIN = ", again";

  private final Path image;
  private final Path mountPoint;
  private final int mib;
  private final int files;
  private final int pages;

  /** Seconds by workload and way, of all repetitions. */
  private final Map<String, Map<Way, List<Double>>> times = new LinkedHashMap<>();

  private Disks(Path folder, int mib, int files, int pages) throws IOException {
    this.image = folder.resolve("disk.ext2");
    this.mountPoint = Files.createDirectories(folder.resolve("mounted"));
    this.mib = mib;
    this.files = files;
    this.pages = pages;
  }

  /** See above. */
  public static void main(String[] arguments) throws IOException {
    Locale.setDefault(Locale.ROOT);
    Deque<String> rest = new ArrayDeque<>(List.of(arguments));
    Path folder = Files.createTempDirectory(Path.of(rest.pop()), "rookery-disks");
    int repetitions = 3;
    int mib = 1024;
    int files = 100_000;
    int pages = 20_000;
    while (!rest.isEmpty()) {
      String option = rest.pop();
      int number = Integer.parseInt(rest.pop());
      switch (option) {
        case "-n" -> repetitions = number;
        case "--mib" -> mib = number;
        case "--files" -> files = number;
        case "--pages" -> pages = number;
        default -> throw new IllegalArgumentException(option);
      }
    }
    Disks disks = new Disks(folder, mib, files, pages);
    try {
      for (int i = 0; i < repetitions; i++) {
        System.err.printf("%d/%d%n", i + 1, repetitions);
        disks.repetition(i);
      }
      disks.print();
    } finally {
      Files.deleteIfExists(disks.image);
      Files.delete(disks.mountPoint);
      Files.delete(folder);
    }
  }

  /** What is done with a mounted volume, by one of the ways. */
  private interface Work {
    void run(Tree tree, Way way) throws IOException;
  }

  private void repetition(int number) throws IOException {
    Files.deleteIfExists(image);
    long size = (Way.values().length * (long) mib + 512 + files / 64) * MIB;
    try (BlockDevice device = BlockDevices.createFile(image, size)) {
      Ext2.format(device, FormatOptions.defaults().withBytesPerInode(8192));
    }
    // The way that goes first writes what all of them read: another one each time.
    List<Way> ways = new ArrayList<>(List.of(Way.values()));
    Collections.rotate(ways, number);
    String shared = ways.getFirst().name();
    changing(ways, "write %d MiB".formatted(mib), (tree, way) -> writeAll(tree, way.name()));
    reading(ways, "read %d MiB".formatted(mib), (tree, way) -> readAll(tree, shared));
    String random = "%,d random pages of 4 KiB: ".formatted(pages);
    reading(ways, random + "read", (tree, way) -> randomPages(tree, shared, false));
    changing(ways, random + "write", (tree, way) -> randomPages(tree, shared, true));
    String small = "%,d small files: ".formatted(files);
    changing(ways, small + "make", (tree, way) -> make(tree, "small" + way));
    reading(ways, small + "stat", (tree, way) -> stat(tree, "small" + shared));
    changing(ways, small + "delete", (tree, way) -> delete(tree, "small" + way));
  }

  /** Ends once the image is unmounted and on the disk. */
  private void changing(List<Way> ways, String title, Work work) throws IOException {
    for (Way way : ways) {
      Tree tree = remounted(way);
      long start = System.nanoTime();
      try (tree) {
        work.run(tree, way);
      }
      try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
        file.force(true);
      }
      note(title, way, start);
    }
  }

  /** Twice: from the disk, then with what the first time has left in caches. */
  private void reading(List<Way> ways, String title, Work work) throws IOException {
    for (Way way : ways) {
      try (Tree tree = remounted(way)) {
        long start = System.nanoTime();
        work.run(tree, way);
        note(title, way, start);
        start = System.nanoTime();
        work.run(tree, way);
        note(title + AGAIN, way, start);
      }
    }
  }

  private Tree remounted(Way way) throws IOException {
    Way.run(List.of("sync"));
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
    return way.open(image, mountPoint);
  }

  private void note(String title, Way way, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    System.err.printf("%s, %s: %.3f%n", title, way.title, seconds);
    times
        .computeIfAbsent(title, key -> new EnumMap<>(Way.class))
        .computeIfAbsent(way, key -> new ArrayList<>())
        .add(seconds);
  }

  private void writeAll(Tree tree, String name) throws IOException {
    byte[] data = new byte[MIB];
    new SplittableRandom(1).nextBytes(data);
    try (Tree.Handle file = tree.open(name)) {
      for (int i = 0; i < mib; i++) {
        file.write((long) i * MIB, ByteBuffer.wrap(data));
      }
    }
  }

  private void readAll(Tree tree, String name) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(MIB);
    try (Tree.Handle file = tree.open(name)) {
      for (int i = 0; i < mib; i++) {
        file.read((long) i * MIB, buffer.clear());
      }
    }
  }

  private void randomPages(Tree tree, String name, boolean write) throws IOException {
    SplittableRandom random = new SplittableRandom(write ? 2 : 3);
    ByteBuffer buffer = ByteBuffer.allocateDirect(PAGE);
    try (Tree.Handle file = tree.open(name)) {
      for (int i = 0; i < pages; i++) {
        long at = (long) random.nextInt(mib * (MIB / PAGE)) * PAGE;
        if (write) {
          file.write(at, buffer.clear());
        } else {
          file.read(at, buffer.clear());
        }
      }
    }
  }

  private static String small(String folder, int number) {
    return folder + "/d" + number / FILES_PER_DIRECTORY + "/file" + number;
  }

  private void make(Tree tree, String folder) throws IOException {
    ByteBuffer contents = ByteBuffer.allocate(SMALL_FILE);
    tree.mkdir(folder);
    for (int i = 0; i < files; i++) {
      if (i % FILES_PER_DIRECTORY == 0) {
        tree.mkdir(folder + "/d" + i / FILES_PER_DIRECTORY);
      }
      try (Tree.Handle file = tree.open(small(folder, i))) {
        file.write(0, contents.clear());
      }
    }
  }

  private void stat(Tree tree, String folder) throws IOException {
    for (int i = 0; i < files; i++) {
      if (tree.stat(small(folder, i)) != SMALL_FILE) {
        throw new IOException(small(folder, i) + " has another size");
      }
    }
  }

  private void delete(Tree tree, String folder) throws IOException {
    for (int i = 0; i < files; i++) {
      tree.delete(small(folder, i));
    }
  }

  private void print() {
    StringBuilder table = new StringBuilder("| |");
    for (Way way : Way.values()) {
      table.append(' ').append(way.title).append(" |");
    }
    table.append("\n|---|").repeat("---|", Way.values().length);
    times.forEach(
        (title, byWay) -> {
          table.append("\n| ").append(title).append(" |");
          double own = median(byWay.get(Way.ROOKERY));
          byWay.forEach(
              (way, seconds) -> {
                double median = median(seconds);
                String ratio = way == Way.ROOKERY ? "" : "**%.2f** ".formatted(median / own);
                double least = Collections.min(seconds);
                table.append(" %s%.3f (%.3f) |".formatted(ratio, median, least));
              });
        });
    System.out.println(table);
    System.out.println();
    System.out.println(
        "Seconds, medians and least; bold: the median as a multiple of the Java API's.");
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
