package io.rookery.linux.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.kernel.TestKernel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording tells of a guest. */
class FlightRecorderTest {
  @TempDir private Path folder;

  @Test
  void guestsCanBeRecorded() throws Exception {
    HostPrograms.assumeCompiler("/usr/bin/cc");
    Path source = HostPrograms.copy("/io/rookery/linux/recording/recorded.c", folder);
    Path program = folder.resolve("recorded");
    HostPrograms.compile("/usr/bin/cc", source, program, List.of("-O1"));
    var events = record(program).stream().collect(Collectors.groupingBy(FlightRecorderTest::name));

    assertTrue(
        events.get("io.rookery.Fork").stream()
            .anyMatch(e -> !e.getBoolean("sharesMemory") && e.getInt("child") > 1));
    RecordedEvent sleep =
        events.get("io.rookery.SlowSystemCall").stream()
            .filter(e -> e.getString("name").contains("nanosleep"))
            .findFirst()
            .orElseThrow();
    assertTrue(sleep.getDuration().compareTo(Duration.ofMillis(50)) >= 0, sleep.toString());
    assertEquals(0, sleep.getLong("result"));
    assertTrue(
        events.get("io.rookery.UnitCompilation").stream()
            .allMatch(e -> e.getInt("instructions") > 0 && e.getInt("bytecode") > 0));
    assertTrue(
        events.get("io.rookery.CodeInvalidation").stream().anyMatch(e -> e.getInt("blocks") == 1));
    assertFalse(events.get("io.rookery.PageFault").isEmpty());
  }

  private List<RecordedEvent> record(Path program) throws Exception {
    Path file = folder.resolve("guest.jfr");
    try (Recording recording = new Recording()) {
      for (String event :
          List.of("Fork", "SlowSystemCall", "UnitCompilation", "CodeInvalidation")) {
        recording.enable("io.rookery." + event);
      }
      recording.enable("io.rookery.PageFault").withoutThreshold();
      recording.start();
      HostPrograms.Outcome outcome =
          HostPrograms.here(List.of(program.toString()), List.of(), TestKernel.compiling());
      assertEquals("3 3376496192 3\n", outcome.output());
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file);
  }

  private static String name(RecordedEvent event) {
    return event.getEventType().getName();
  }
}
