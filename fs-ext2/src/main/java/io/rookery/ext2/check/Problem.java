package io.rookery.ext2.check;

/**
 * One thing that is wrong with a volume.
 *
 * @param kind what it is about
 * @param inode the inode it concerns, 0 for none
 * @param message what was found, for people
 */
public record Problem(ProblemKind kind, long inode, String message) {
  @Override
  public String toString() {
    return kind + ": " + message;
  }
}
