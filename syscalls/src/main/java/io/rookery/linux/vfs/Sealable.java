package io.rookery.linux.vfs;

/** A file whose ways to change can be given up for good (F_ADD_SEALS of fcntl(2)). */
public interface Sealable {
  int F_SEAL_SEAL = 1;
  int F_SEAL_SHRINK = 2;
  int F_SEAL_GROW = 4;
  int F_SEAL_WRITE = 8;
  int F_SEAL_FUTURE_WRITE = 16;

  /** The seals in force. */
  int seals();

  /** Adds seals; EPERM once F_SEAL_SEAL is in force, EBUSY where a mapping stands in the way. */
  void addSeals(int seals);
}
