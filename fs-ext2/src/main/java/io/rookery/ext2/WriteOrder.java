package io.rookery.ext2;

/**
 * When a changed block is written to a device whose flushes are not atomic: one kind after the
 * other, with a barrier between. Then whatever a power cut leaves is what e2fsck repairs without a
 * question: names without inodes, never inodes without names, and nothing that refers to garbage.
 */
enum WriteOrder {
  /** New blocks of pointers and names, which nothing refers to, and inodes that are freed. */
  FIRST,
  /** Directory blocks with new names. */
  NAMES,
  /**
   * Inodes of directories that grew or are new, these from the outermost in: else the inodes in
   * them have no names.
   */
  DIRECTORIES,
  REST
}
