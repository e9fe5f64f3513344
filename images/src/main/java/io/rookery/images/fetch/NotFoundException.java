package io.rookery.images.fetch;

import java.io.IOException;

/** The mirror answers, and does not have the file. */
public final class NotFoundException extends IOException {
  private static final long serialVersionUID = 1L;

  NotFoundException(String message) {
    super(message);
  }
}
