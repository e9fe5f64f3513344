package io.rookery.cpu.engine;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;

/** Translated guest code was overwritten, unmapped or lost the right to be executed. */
@Name("io.rookery.CodeInvalidation")
@Label("Code Invalidation")
@Category("Rookery")
@Description("Translated guest code was overwritten, unmapped or lost the right to be executed")
@StackTrace(false)
final class CodeInvalidationEvent extends Event {
  @Label("Guest Address")
  @Unsigned
  long address;

  @Label("Length")
  @DataAmount
  long length;

  @Label("Blocks")
  int blocks;

  /** Records that {@code blocks} blocks are not valid any more. */
  static void record(long address, long length, int blocks) {
    CodeInvalidationEvent event = new CodeInvalidationEvent();
    event.address = address;
    event.length = length;
    event.blocks = blocks;
    event.commit();
  }
}
