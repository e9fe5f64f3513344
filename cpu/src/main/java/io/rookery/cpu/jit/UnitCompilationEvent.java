package io.rookery.cpu.jit;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;

/**
 * A region of guest code was translated to JVM bytecode; what HotSpot makes of that is not in it.
 */
@Name("io.rookery.UnitCompilation")
@Label("Unit Compilation")
@Category("Rookery")
@Description("A region of guest code was translated to JVM bytecode")
@StackTrace(false)
final class UnitCompilationEvent extends Event {
  @Label("Guest Address")
  @Unsigned
  long address;

  @Label("Blocks")
  int blocks;

  @Label("Guest Instructions")
  int instructions;

  @Label("Bytecode Size")
  @DataAmount
  int bytecode;
}
