package io.rookery;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a Linux host's processors this JVM had, or could have had, since some moment: on a busy
 * host a wall clock tells how long others took. Counted in ticks of 10 ms, proc(5).
 */
final class ProcessorShare {
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();
  private static final int IDLE = 3;
  private static final int WAITING_FOR_DISKS = 4;
  private static final int COLUMNS = 8; // guest time is part of user time
  private static final int USER_OF_PROCESS = 11; // behind the name
  private static final int SYSTEM_OF_PROCESS = 12;

  private final long all;
  private final long ours;

  private ProcessorShare(long all, long ours) {
    this.all = all;
    this.ours = ours;
  }

  static ProcessorShare now() throws IOException {
    List<Long> host = numbers(Files.readAllLines(Path.of("/proc/stat")).getFirst(), "cpu");
    String process = Files.readString(Path.of("/proc/self/stat"));
    List<String> own = WORDS.splitToList(process.substring(process.lastIndexOf(')') + 2));
    return new ProcessorShare(
        host.subList(0, COLUMNS).stream().mapToLong(Long::longValue).sum(),
        host.get(IDLE)
            + host.get(WAITING_FOR_DISKS)
            + Long.parseLong(own.get(USER_OF_PROCESS))
            + Long.parseLong(own.get(SYSTEM_OF_PROCESS)));
  }

  private static List<Long> numbers(String line, String name) {
    List<Long> numbers = new ArrayList<>();
    for (String word : WORDS.split(line.substring(name.length()))) {
      numbers.add(Long.parseLong(word));
    }
    return numbers;
  }

  /** Between 0 and 1; 1 where nothing was counted yet. */
  double since() throws IOException {
    ProcessorShare then = now();
    long ticks = then.all - all;
    return ticks <= 0 ? 1 : Math.clamp((double) (then.ours - ours) / ticks, 0, 1);
  }
}
