package io.rookery.linux.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A system call took long, waiting included. */
@Name("io.rookery.SlowSystemCall")
@Label("Slow System Call")
@Category("Rookery")
@Description("A guest's system call took long, waiting included")
@StackTrace(false)
@Threshold("20 ms")
final class SlowSystemCallEvent extends Event {
  @Label("System Call")
  String name = "";

  @Label("Thread Id")
  int thread;

  @Label("Result")
  @Description("As in RAX: -errno for a failure")
  long result;
}
