package io.rookery.images;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Works on an image that is complete but has not got its name yet, such as by running {@code dpkg
 * --configure -a} or Python's byte compiler in a virtual machine. If it fails, there is no image.
 */
@FunctionalInterface
public interface ImageFinisher {
  /** Changes the image in place; nobody else has it open. */
  void finish(Path image) throws IOException;
}
