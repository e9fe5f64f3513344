package io.rookery.ext2.check;

import java.util.List;

/**
 * The outcome of a check.
 *
 * @param problems the first {@value Findings#KEPT} problems, in the order of the passes
 * @param count how many there were in all
 * @param inodes inodes in use
 * @param directories directories among them
 * @param blocks blocks in use, metadata included
 * @param needsRecovery whether a journal waits to be replayed; the volume was checked as it is
 *     without that, as {@code e2fsck -n} does
 */
public record CheckReport(
    List<Problem> problems,
    long count,
    long inodes,
    long directories,
    long blocks,
    boolean needsRecovery) {
  public CheckReport {
    problems = List.copyOf(problems);
  }

  /** Whether nothing is wrong: {@code e2fsck -fn} would end with status 0. */
  public boolean isClean() {
    return count == 0;
  }
}
