package io.rookery.linux.abi;

import java.util.Locale;
import java.util.function.BiFunction;

/** Writes the compatibility page {@code docs/syscalls.md} from the tables. */
public final class SyscallPage {
  private SyscallPage() {}

  /**
   * The page in Markdown, a section for each table.
   *
   * @param shownBy what shows that a row does what it says; may be empty
   */
  public static String markdown(
      BiFunction<SyscallTable, SyscallTable.Row, String> shownBy, SyscallTable... tables) {
    StringBuilder s = new StringBuilder(1 << 16);
    s.append("<!-- GENERATED from SyscallTable by SyscallPageTest; do not edit. -->\n")
        .append("# System calls\n\n")
        .append("\"Shown by\" names the programs of")
        .append(" `syscalls/src/test/resources/io/rookery/linux/calls/` that run natively and")
        .append(" in a guest with the same output, and how many behaviours of the call each")
        .append(" shows.\n");
    for (SyscallTable table : tables) {
      append(s, table, shownBy);
    }
    return s.toString();
  }

  private static void append(
      StringBuilder s,
      SyscallTable table,
      BiFunction<SyscallTable, SyscallTable.Row, String> shownBy) {
    s.append("\n## ")
        .append(table.architecture())
        .append("\n\n")
        .append(count(table, Support.FULL))
        .append(" calls are implemented as Linux has them, ")
        .append(count(table, Support.PARTIAL))
        .append(" with the restriction that their note tells, ")
        .append(count(table, Support.REFUSED))
        .append(" always fail for the reason given. Any other number fails with ENOSYS")
        .append(" and is logged once.\n\n")
        .append("| number | call | support | note | shown by |\n|---:|---|---|---|---|\n");
    for (SyscallTable.Row r : table.rows()) {
      s.append("| ")
          .append(r.number())
          .append(" | `")
          .append(r.name())
          .append("` | ")
          .append(r.support().name().toLowerCase(Locale.ROOT))
          .append(" | ")
          .append(r.note().replace("|", "\\|"))
          .append(" | ")
          .append(shownBy.apply(table, r))
          .append(" |\n");
    }
  }

  private static long count(SyscallTable table, Support level) {
    return table.rows().stream().filter(r -> r.support() == level).count();
  }
}
