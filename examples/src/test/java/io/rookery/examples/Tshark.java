package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Wireshark's judgement of captures, where it is installed. */
final class Tshark {
  private static final List<String> PROGRAMS = List.of("/usr/bin/tshark", "/usr/local/bin/tshark");

  private Tshark() {}

  /** No packet of a capture is malformed, none has a wrong checksum. */
  static void assertSound(Path capture) throws IOException, InterruptedException {
    for (String program : PROGRAMS) {
      if (Files.isExecutable(Path.of(program))) {
        Process process =
            new ProcessBuilder(
                    program,
                    "-n",
                    "-r",
                    capture.toString(),
                    "-o",
                    "ip.check_checksum:TRUE",
                    "-o",
                    "tcp.check_checksum:TRUE",
                    "-o",
                    "udp.check_checksum:TRUE",
                    "-Y",
                    "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0"
                        + " || udp.checksum.status == 0 || icmp.checksum.status == 0"
                        + " || icmpv6.checksum.status == 0")
                .start();
        Outcome outcome = Outcome.of(process, 600);
        assertEquals(0, outcome.status(), outcome::errors);
        assertEquals("", outcome.output());
        return;
      }
    }
  }
}
