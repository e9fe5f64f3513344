package io.rookery.images;

/**
 * Told how a build goes on. Calls come one after the other, from several threads; an exception
 * thrown by a listener ends the build.
 */
public interface BuildListener {
  /** Hears nothing. */
  BuildListener SILENT = new BuildListener() {};

  /** The parts of a build, in their order. */
  enum Phase {
    /** Waiting for another process that builds the same image. */
    WAITING,
    /** Reading and verifying the archive's indexes. */
    INDEX,
    /** Downloading packages; progress counts bytes. */
    DOWNLOAD,
    /** Unpacking packages into the image; progress counts bytes of packages. */
    UNPACK,
    /** Writing configuration. */
    CONFIGURE,
    /** Flushing the image and giving it its name. */
    FINISH
  }

  /**
   * A phase has come so far.
   *
   * @param item what is being worked on: a package, a file, or empty
   * @param done bytes done
   * @param total bytes in all, 0 where nothing is counted
   */
  default void progress(Phase phase, String item, long done, long total) {}

  /** Something worth a line that is no error, such as a suite that a mirror does not carry. */
  default void note(String message) {}
}
