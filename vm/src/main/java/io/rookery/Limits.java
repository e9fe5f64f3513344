package io.rookery;

/**
 * What the guests of one {@link Vm} may use at most. Immutable.
 *
 * @param threads guest threads of all processes together, 1 to 32,768; clone(2) and fork(2) fail
 *     with EAGAIN beyond
 * @param openFiles the most files one process can have open, 16 to 1,048,576; open(2) fails with
 *     EMFILE beyond
 */
public record Limits(int threads, int openFiles) {
  /** 1,024 threads, 65,536 open files. */
  public static final Limits DEFAULT = new Limits(1024, 1 << 16);

  public Limits {
    if (threads < 1 || threads > 32_768) {
      throw new IllegalArgumentException("threads: 1 to 32768, not " + threads);
    }
    if (openFiles < 16 || openFiles > 1 << 20) {
      throw new IllegalArgumentException("openFiles: 16 to 1048576, not " + openFiles);
    }
  }

  /** The same with another number of threads. */
  public Limits withThreads(int value) {
    return new Limits(value, openFiles);
  }

  /** The same with another number of open files. */
  public Limits withOpenFiles(int value) {
    return new Limits(threads, value);
  }
}
