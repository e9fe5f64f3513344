package io.rookery.examples;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;

/** Opens images as file systems, for commands that look into them. */
final class Images {
  private Images() {}

  /** Opens an image, whatever its name ends in. */
  static FileSystem open(String image, boolean readOnly) throws IOException {
    Path file = Path.of(image);
    if (!file.toFile().isFile()) {
      throw new UsageException(image + " is no image");
    }
    return FileSystems.newFileSystem(
        URI.create("ext2:" + file.toUri()), Map.of("readOnly", readOnly));
  }
}
