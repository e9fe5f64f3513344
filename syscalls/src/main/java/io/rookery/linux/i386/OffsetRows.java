package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.inOut;

import io.rookery.linux.abi.Handler;

/** Calls with file offsets: 32-bit ones, and 64-bit ones in two registers. */
final class OffsetRows {
  private OffsetRows() {}

  static void register(Rows r) {
    Handler lseek = Rows.wide("lseek");
    r.like(
        19,
        "lseek",
        "lseek",
        (t, fd, offset, whence, d, e, f) -> lseek.call(t, fd, (int) offset, whence, d, e, f));
    r.own(
        140,
        "_llseek",
        (t, fd, high, low, result, whence, f) -> {
          long at = lseek.call(t, fd, Rows.pair(low, high), whence, 0, 0, 0);
          t.memory().putLong(result, at);
          return 0;
        },
        "fd, flags, flags, ptr, int");
    r.with(92, "truncate", "truncate", PLAIN, Argument.SIGNED);
    r.with(93, "ftruncate", "ftruncate", PLAIN, Argument.SIGNED);
    r.with(187, "sendfile", "sendfile", PLAIN, PLAIN, inOut(Struct.LONG));
    for (String name : new String[] {"truncate", "ftruncate"}) {
      Handler h = Rows.wide(name);
      r.like(
          name.equals("truncate") ? 193 : 194,
          name + "64",
          name,
          (t, file, low, high, d, e, f) -> h.call(t, file, Rows.pair(low, high), 0, 0, 0, 0));
    }
    for (String name : new String[] {"pread64", "pwrite64"}) {
      Handler h = Rows.wide(name);
      r.like(
          name.equals("pread64") ? 180 : 181,
          name,
          name,
          (t, fd, buffer, count, low, high, f) ->
              h.call(t, fd, buffer, count, Rows.pair(low, high), 0, 0));
    }
    advice(r);
    mappings(r);
  }

  private static void advice(Rows r) {
    Handler readahead = Rows.wide("readahead");
    r.like(
        225,
        "readahead",
        "readahead",
        (t, fd, low, high, count, e, f) ->
            readahead.call(t, fd, Rows.pair(low, high), count, 0, 0, 0));
    Handler advise = Rows.wide("fadvise64");
    r.like(
        250,
        "fadvise64",
        "fadvise64",
        (t, fd, low, high, length, advice, f) ->
            advise.call(t, fd, Rows.pair(low, high), length, advice, 0, 0));
    r.like(
        272,
        "fadvise64_64",
        "fadvise64",
        (t, fd, low, high, length, lengthHigh, advice) ->
            advise.call(t, fd, Rows.pair(low, high), Rows.pair(length, lengthHigh), advice, 0, 0));
    Handler sync = Rows.wide("sync_file_range");
    r.like(
        314,
        "sync_file_range",
        "sync_file_range",
        (t, fd, low, high, length, lengthHigh, flags) ->
            sync.call(t, fd, Rows.pair(low, high), Rows.pair(length, lengthHigh), flags, 0, 0));
    Handler allocate = Rows.wide("fallocate");
    r.like(
        324,
        "fallocate",
        "fallocate",
        (t, fd, mode, low, high, length, lengthHigh) ->
            allocate.call(t, fd, mode, Rows.pair(low, high), Rows.pair(length, lengthHigh), 0, 0));
  }

  private static void mappings(Rows r) {
    Handler mmap = Rows.wide("mmap");
    r.like(
        192,
        "mmap2",
        "mmap",
        (t, address, length, protection, flags, fd, page) ->
            mmap.call(t, address, length, protection, flags, fd, page << 12));
    r.own(
        90,
        "mmap",
        (t, block, b, c, d, e, f) -> {
          long[] v = new long[6];
          for (int i = 0; i < v.length; i++) {
            v[i] = t.memory().getInt(block + 4L * i) & 0xffffffffL;
          }
          return mmap.call(t, v[0], v[1], v[2], v[3], v[4], v[5]);
        },
        "ptr");
  }
}
