package io.rookery.mmu;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Unsigned;

/** A page that a guest accessed was made accessible, which took long: it was read from a file. */
@Name("io.rookery.PageFault")
@Label("Page Fault")
@Category("Rookery")
@Description("A page that a guest accessed was made accessible")
@StackTrace(false)
@Threshold("1 ms")
final class PageFaultEvent extends Event {
  @Label("Guest Address")
  @Unsigned
  long address;
}
