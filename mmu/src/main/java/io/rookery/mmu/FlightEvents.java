package io.rookery.mmu;

import jdk.jfr.FlightRecorder;

/**
 * Whether events for JDK Flight Recorder are worth making. The first use of any class of events
 * starts the recorder's whole machinery, which takes a JVM 150 ms: as much as all else that a first
 * short program needs. To be asked before the class of an event is touched at all. Thread-safe.
 */
public final class FlightEvents {
  private FlightEvents() {}

  /** Whether this JVM's Flight Recorder has been started, so that somebody may be recording. */
  public static boolean areWanted() {
    return FlightRecorder.isInitialized();
  }
}
