package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import java.math.BigInteger;
import java.util.Locale;

/**
 * The mount options of tmpfs(5).
 *
 * @param pages limit of the content; 0 for none, {@link #UNSET} if not given
 * @param inodes limit of names and unnamed files, likewise
 * @param mode permissions of the root, or {@link #UNSET}
 * @param uid owner of the root
 * @param gid group of the root
 */
public record TmpfsOptions(long pages, long inodes, int mode, int uid, int gid) {
  /** What was not given. */
  public static final int UNSET = -1;

  private static final int PAGE = 4096;
  private static final String UNITS = "kmgtpe";

  /** None given. */
  public static final TmpfsOptions NONE = new TmpfsOptions(UNSET, UNSET, UNSET, 0, 0);

  /** No limits, as for files that the kernel itself makes. */
  static final TmpfsOptions UNLIMITED = new TmpfsOptions(0, 0, 01777, 0, 0);

  static TmpfsOptions ofMode(int mode) {
    return new TmpfsOptions(UNSET, UNSET, mode, 0, 0);
  }

  /**
   * Parses the last argument of mount(2).
   *
   * @param memoryPages what a size in per cent is of
   * @throws io.rookery.linux.errno.ErrnoException EINVAL for what tmpfs does not know
   */
  public static TmpfsOptions parse(String text, long memoryPages) {
    TmpfsOptions o = NONE;
    for (String option : text.split(",", -1)) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String value = equals < 0 ? "" : option.substring(equals + 1);
      boolean valued = equals >= 0;
      o =
          switch (name) {
            case "size" -> o.withPages(sizeInPages(required(valued, value), memoryPages));
            case "nr_blocks" -> o.withPages(number(required(valued, value)));
            case "nr_inodes" -> o.withInodes(number(required(valued, value)));
            case "mode" -> o.withMode(integer(required(valued, value), 8) & 07777);
            case "uid" -> o.withOwner(integer(required(valued, value), 10), o.gid);
            case "gid" -> o.withOwner(o.uid, integer(required(valued, value), 10));
            case "huge" -> o.ifOneOf(value, "never", "always", "within_size", "advise");
            case "inode32", "inode64", "noswap" -> o.ifOneOf(valued ? "=" : "", "");
            case "", "ro", "rw", "sync", "async", "dirsync" -> o.ifOneOf(valued ? "=" : "", "");
            case "mand", "nomand", "lazytime", "nolazytime" -> o.ifOneOf(valued ? "=" : "", "");
            default -> throw Errno.EINVAL.exception();
          };
    }
    return o;
  }

  private static String required(boolean valued, String value) {
    if (!valued) {
      throw Errno.EINVAL.exception();
    }
    return value;
  }

  private TmpfsOptions ifOneOf(String value, String... allowed) {
    for (String a : allowed) {
      if (a.equals(value)) {
        return this;
      }
    }
    throw Errno.EINVAL.exception();
  }

  private TmpfsOptions withPages(long value) {
    return new TmpfsOptions(value, inodes, mode, uid, gid);
  }

  private TmpfsOptions withInodes(long value) {
    return new TmpfsOptions(pages, value, mode, uid, gid);
  }

  private TmpfsOptions withMode(int value) {
    return new TmpfsOptions(pages, inodes, value, uid, gid);
  }

  private TmpfsOptions withOwner(int newUid, int newGid) {
    return new TmpfsOptions(pages, inodes, mode, newUid, newGid);
  }

  private static long sizeInPages(String text, long memoryPages) {
    if (text.endsWith("%")) {
      long percent = number(text.substring(0, text.length() - 1));
      return percent * memoryPages / 100;
    }
    return Math.ceilDiv(number(text), PAGE);
  }

  /** A number in C's notation with one of the letters k, m, g… behind it. */
  private static long number(String text) {
    String digits = text.toLowerCase(Locale.ROOT);
    int shift = 0;
    int last = digits.length() - 1;
    boolean hexadecimal = digits.startsWith("0x");
    int unit = last < 0 ? -1 : UNITS.indexOf(digits.charAt(last));
    if (unit >= 0 && !(hexadecimal && digits.charAt(last) == 'e')) {
      shift = 10 * (unit + 1);
      digits = digits.substring(0, last);
    }
    if (digits.isEmpty()) {
      return 0;
    }
    try {
      BigInteger n =
          hexadecimal
              ? new BigInteger(digits.substring(2), 16)
              : new BigInteger(digits, digits.startsWith("0") ? 8 : 10);
      long value = n.shiftLeft(shift).longValue();
      if (n.signum() < 0 || value < 0) {
        throw Errno.EINVAL.exception();
      }
      return value;
    } catch (NumberFormatException e) {
      throw Errno.EINVAL.exception();
    }
  }

  private static int integer(String text, int radix) {
    try {
      return Integer.parseUnsignedInt(text, radix);
    } catch (NumberFormatException e) {
      throw Errno.EINVAL.exception();
    }
  }
}
