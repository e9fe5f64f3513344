package io.rookery.linux.abi;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The system calls of one architecture: a row each, from which dispatch, trace and the
 * compatibility page come. Immutable.
 */
public final class SyscallTable {
  /** Numbers from here on are never implemented. */
  private static final int LIMIT = 512;

  /**
   * One system call.
   *
   * @param number what the guest has in EAX
   * @param name as in syscalls(2)
   * @param arguments how the trace shows them
   * @param signature the arguments as written in the row
   * @param note what the compatibility page says beside the support level; may be empty
   */
  public record Row(
      int number,
      String name,
      Handler handler,
      List<ArgumentKind> arguments,
      String signature,
      Support support,
      String note) {}

  private final String architecture;
  private final @Nullable Row[] rows;
  private final List<Row> list;

  private SyscallTable(String architecture, List<Row> list) {
    this.architecture = architecture;
    this.list = list;
    this.rows = new @Nullable Row[LIMIT];
    for (Row r : list) {
      rows[r.number] = r;
    }
  }

  /** Name of the architecture, for logs and pages. */
  public String architecture() {
    return architecture;
  }

  /**
   * The row of a call.
   *
   * @throws IllegalArgumentException when there is none
   */
  public Row row(String name) {
    for (Row r : list) {
      if (r.name.equals(name)) {
        return r;
      }
    }
    throw new IllegalArgumentException("no system call " + name + " of " + architecture);
  }

  /** The row of a number, or null when the number is unknown. */
  public @Nullable Row row(long number) {
    return number >= 0 && number < LIMIT ? rows[(int) number] : null;
  }

  /** All rows by number. */
  public List<Row> rows() {
    return list;
  }

  /** An empty builder for the calls of {@code architecture}. */
  public static Builder builder(String architecture) {
    return new Builder(architecture);
  }

  /** Collects rows. */
  public static final class Builder {
    private final String architecture;

    private Builder(String architecture) {
      this.architecture = architecture;
    }

    private final TreeMap<Integer, Row> rows = new TreeMap<>();

    /** A call that does what Linux does. For {@code arguments} see {@link ArgumentKind#parse}. */
    public Builder row(int number, String name, Handler handler, String arguments) {
      return row(number, name, handler, arguments, Support.FULL, "");
    }

    /** A call with its level of support and the reason for anything less than full. */
    public Builder row(
        int number, String name, Handler handler, String arguments, Support support, String note) {
      Row row =
          new Row(number, name, handler, ArgumentKind.parse(arguments), arguments, support, note);
      if (number < 0 || number >= LIMIT || rows.putIfAbsent(number, row) != null) {
        throw new IllegalArgumentException("syscall number out of range or taken: " + row);
      }
      return this;
    }

    /** The table. */
    public SyscallTable build() {
      return new SyscallTable(architecture, List.copyOf(new ArrayList<>(rows.values())));
    }
  }
}
