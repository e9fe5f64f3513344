package io.rookery.linux.vfs;

import java.io.IOException;

/** A file system in memory is full: ENOSPC for system calls, SIGBUS for page faults. */
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  NoSpaceException(String file) {
    super("no space left for " + file);
  }
}
