package io.rookery;

import org.jspecify.annotations.Nullable;

/**
 * A virtual machine could not be made, or failed; its message names what and why. A guest program's
 * own failure is none.
 */
public class VmException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public VmException(String message) {
    super(message);
  }

  public VmException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
