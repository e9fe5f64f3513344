package io.rookery.examples;

import io.rookery.GuestProcess;
import java.util.Map;
import org.jline.utils.Signals;

/** Hands the signals that this JVM gets from its user to a guest: Ctrl-C reaches the program. */
final class HostSignals {
  /** Names and Linux's numbers; a host that lacks one ignores it. */
  private static final Map<String, Integer> FORWARDED = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  private HostSignals() {}

  static void forwardTo(GuestProcess process) {
    FORWARDED.forEach((name, number) -> Signals.register(name, () -> process.signal(number)));
  }
}
