package io.rookery.cpu.jit;

import io.rookery.cpu.engine.Block;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Makes units from guest code. */
final class UnitFactory {
  /** HotSpot compiles no method whose bytecode is as long. */
  static final int MAX_METHOD = 8000;

  private static final int BUDGET = 4000;
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  /**
   * A new unit.
   *
   * @param unit the unit, not published yet
   * @param region what it was made from
   * @param size length of its method in bytes
   * @param callees guest addresses of the functions it calls
   * @param compiled whether HotSpot has compiled the class; one for all its units
   */
  record Result(Unit unit, Region region, int size, List<Long> callees, AtomicBoolean compiled) {
    /** A further unit of the same class, not linked yet. */
    Result again() {
      return new Result(instantiate(unit.getClass()), region, size, callees, compiled);
    }
  }

  private UnitFactory() {}

  /** How a unit for {@code block} is made. */
  static Style style(Block block) {
    return new Style(block.memory, block.floats);
  }

  /** Compiles the code around {@code rip}; null if it is gone. */
  static @Nullable Result compile(CodeReader source, long rip, Style style) {
    GuestBlock seed = source.find(rip);
    if (seed == null) {
      return null;
    }
    Result result =
        compile(source, seed, source.writable(rip), source.longMode(), style, source.pages());
    source.link(result);
    return result;
  }

  /** Compiles the code around {@code hot}, less of it where its method would be too long. */
  static Result compile(
      RegionBuilder.Source source,
      GuestBlock hot,
      boolean writable,
      boolean longMode,
      Style style,
      long pages) {
    GuestBlock seed = hot;
    int budget = BUDGET;
    while (true) {
      Region region =
          new RegionBuilder(source, budget).build(seed, writable, longMode, style, pages);
      UnitEmitter.Code code = UnitEmitter.emit(region, MAX_METHOD);
      if (code != null) {
        return new Result(
            define(code.bytes()), region, code.size(), code.callees(), new AtomicBoolean());
      }
      if (region.blocks().size() > 1) {
        budget /= 2;
      } else if (seed.instructions() > 1) {
        seed = seed.head(seed.instructions() / 2);
      } else {
        throw new IllegalStateException(
            "one instruction at 0x" + Long.toHexString(hot.rip()) + " is too long");
      }
    }
  }

  /** Loads an emitted class, which goes when its unit is not reachable any more. */
  static Unit define(byte[] bytes) {
    try {
      return instantiate(LOOKUP.defineHiddenClass(bytes, false).lookupClass());
    } catch (IllegalAccessException e) {
      throw new LinkageError("an emitted class was refused", e);
    }
  }

  private static Unit instantiate(Class<?> type) {
    try {
      return (Unit) type.getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("an emitted class has no constructor", e);
    }
  }
}
