package io.rookery.linux.i386;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.X8664Table;

/** Enters rows of the 32-bit table that lean on those of the 64-bit one. */
final class Rows {
  private final SyscallTable.Builder table;

  Rows(SyscallTable.Builder table) {
    this.table = table;
  }

  /** The handler of a call of the 64-bit table. */
  static Handler wide(String name) {
    return X8664Table.get().row(name).handler();
  }

  /** Calls whose arguments need no conversion, as "number name" or "number name=name64". */
  void same(String list) {
    for (String entry : list.strip().split("\\s*[;\\n]\\s*", -1)) {
      int space = entry.indexOf(' ');
      int number = Integer.parseInt(entry.substring(0, space));
      String[] names = entry.substring(space + 1).split("=", -1);
      like(number, names[0], names[names.length - 1], wide(names[names.length - 1]));
    }
  }

  /** A call with converted arguments; those not listed are passed as they are. */
  void with(int number, String name, String wideName, Argument... arguments) {
    Handler handler = wide(wideName);
    like(
        number,
        name,
        wideName,
        (t, a, b, c, d, e, f) -> Call.convert(t, arguments, handler, a, b, c, d, e, f));
  }

  /** A call that is described as one of the 64-bit table. */
  void like(int number, String name, String wideName, Handler handler) {
    SyscallTable.Row row = X8664Table.get().row(wideName);
    table.row(number, name, handler, row.signature(), row.support(), row.note());
  }

  /** A call of its own. */
  void own(int number, String name, Handler handler, String arguments) {
    table.row(number, name, handler, arguments);
  }

  void own(
      int number, String name, Handler handler, String arguments, Support support, String note) {
    table.row(number, name, handler, arguments, support, note);
  }

  /** A 64-bit number in two registers, the low half first. */
  static long pair(long low, long high) {
    return low | high << 32;
  }
}
