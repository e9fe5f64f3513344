package io.rookery.cpu.jit;

import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Drops the gathering of exceptions of packed operations where {@link FloatRule}s let none occur:
 * all their elements have one, and those hold only while exceptions are masked.
 */
final class MaskedExceptions {
  private MaskedExceptions() {}

  /** The block without what it does not need. */
  static GuestBlock simplify(GuestBlock block) {
    BitSet needless = needless(block.code());
    if (needless.isEmpty()) {
      return block;
    }
    int length = block.code().length - needless.cardinality();
    long[] code = new long[length];
    short[] origin = new short[length];
    int to = 0;
    for (int at = needless.nextClearBit(0); to < length; at = needless.nextClearBit(at + 1)) {
      code[to] = block.code()[at];
      origin[to] = block.origin()[at];
      to++;
    }
    return new GuestBlock(block.rip(), code, origin, block.targets());
  }

  private static BitSet needless(long[] code) {
    BitSet needless = new BitSet();
    int begin = -1;
    for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
      Helper helper = helper(code[at]);
      if (helper == Helper.BEGIN_PACKED) {
        begin = at;
      } else if (helper == Helper.END_PACKED && begin >= 0) {
        needless.set(begin);
        needless.set(at);
      } else if (helper != null && helper.form().state() && FloatRule.of(code[at]) == null) {
        begin = -1;
      }
    }
    return needless;
  }

  private static @Nullable Helper helper(long word) {
    int op = Op.op(word);
    return op >= Op.H1 && op <= Op.H4 ? Helper.of(OpInfo.helper(word)) : null;
  }
}
