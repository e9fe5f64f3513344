package io.rookery.examples;

import io.rookery.GuestProcess;
import java.util.List;
import sun.misc.Signal;

/** Hands the signals that this JVM gets from its user to a guest: Ctrl-C reaches the program. */
final class HostSignals {
  private HostSignals() {}

  static void forwardTo(GuestProcess process) {
    for (String name : List.of("INT", "TERM", "HUP")) {
      try {
        Signal.handle(new Signal(name), signal -> process.signal(signal.getNumber()));
      } catch (IllegalArgumentException e) {
        // This host has no such signal, or the JVM was told to leave it alone (-Xrs).
      }
    }
  }
}
