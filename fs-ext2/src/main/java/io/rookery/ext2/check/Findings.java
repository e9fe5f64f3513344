package io.rookery.ext2.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects problems, only so many of them. */
final class Findings {
  static final int KEPT = 1000;

  private final List<Problem> problems = new ArrayList<>();
  private long count;

  @SuppressWarnings("AnnotateFormatMethod") // of Error Prone, which is no dependency
  void add(ProblemKind kind, long inode, String format, Object... values) {
    count++;
    if (problems.size() < KEPT) {
      problems.add(new Problem(kind, inode, String.format(Locale.ROOT, format, values)));
    }
  }

  List<Problem> problems() {
    return problems;
  }

  long count() {
    return count;
  }
}
