package io.rookery.linux.kernel;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A guest process or thread was made (clone(2)). */
@Name("io.rookery.Fork")
@Label("Fork")
@Category("Rookery")
@Description("A guest process or thread was made")
@StackTrace(false)
final class ForkEvent extends Event {
  @Label("Parent Thread Id")
  int parent;

  @Label("Child Thread Id")
  int child;

  @Label("Shares Memory")
  boolean sharesMemory;
}
