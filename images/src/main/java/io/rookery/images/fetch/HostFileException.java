package io.rookery.images.fetch;

import io.rookery.images.DiskFullException;
import io.rookery.images.ImageException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A file of the host cannot be read or written; unlike a mirror's failure it is not retried. */
public final class HostFileException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** How Linux, macOS and Windows say that a disk or a quota is used up; the JDK has no type. */
  private static final List<String> FULL =
      List.of("no space left", "disk quota exceeded", "not enough space", "disk is full");

  private HostFileException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Something done to a file of the host. */
  @FunctionalInterface
  public interface Action<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /** Runs it; an error becomes a {@link DiskFullException} or a {@link HostFileException}. */
  public static <T> T guard(Path file, Action<T> action) {
    try {
      return action.run();
    } catch (IOException e) {
      throw of(file, e);
    }
  }

  /** The typed exception for an error at a file of the host. */
  public static ImageException of(Path file, IOException e) {
    if (meansFull(e)) {
      return new DiskFullException("the disk is full: " + file, e);
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return new HostFileException(
        file + ": " + (reason == null ? e.getClass().getSimpleName() : reason), e);
  }

  private static boolean meansFull(IOException e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return FULL.stream().anyMatch(text::contains);
  }
}
