package io.rookery.examples;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where this JVM's CPU time went, by kind of thread, as proc(5) tells it: HotSpot's compilers are
 * threads that Java does not see. Empty on other systems than Linux.
 */
final class CpuTimes {
  private static final Path SELF = Path.of("/proc/self");

  /** USER_HZ is 100 on all of Linux's architectures that have a JVM. */
  private static final long MILLISECONDS_A_TICK = 10;

  /** After the name, which may have spaces: utime is the 12th field, stime the 13th. */
  private static final int USER_FIELD = 11;

  private CpuTimes() {}

  /** Milliseconds; guests' threads end, so what no other thread used is theirs and the JVM's. */
  static Map<String, Long> now() {
    Map<String, Long> times = new LinkedHashMap<>();
    if (!Files.isDirectory(SELF)) {
      return times;
    }
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(SELF.resolve("task"))) {
      long rest = milliseconds(SELF);
      for (Path thread : threads) {
        String kind = kind(thread);
        if (!kind.isEmpty()) {
          long time = milliseconds(thread);
          times.merge(kind, time, Long::sum);
          rest -= time;
        }
      }
      times.put("guest", rest);
    } catch (IOException | DirectoryIteratorException e) {
      times.clear(); // no such system
    }
    return times;
  }

  private static String kind(Path thread) throws IOException {
    String name;
    try {
      name = Files.readString(thread.resolve("comm"));
    } catch (NoSuchFileException e) {
      return "";
    }
    if (name.startsWith("C1 ")) {
      return "C1";
    }
    if (name.startsWith("C2 ")) {
      return "C2";
    }
    return name.startsWith("rookery-jit") ? "units" : "";
  }

  private static long milliseconds(Path of) throws IOException {
    String line = Files.readString(of.resolve("stat"));
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = Long.parseLong(fields[USER_FIELD]) + Long.parseLong(fields[USER_FIELD + 1]);
    return ticks * MILLISECONDS_A_TICK;
  }
}
