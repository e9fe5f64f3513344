package io.rookery.examples;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image cat}. */
final class ImageCatCommand extends Command {
  ImageCatCommand() {
    super("rookery image cat FILE PATH...", "Writes files of an image to standard output.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    List<String> operands = line.getArgList();
    if (operands.size() < 2) {
      throw new UsageException("an image and a path in it, please");
    }
    try (FileSystem image = Images.open(operands.getFirst(), true)) {
      for (String path : operands.subList(1, operands.size())) {
        Files.copy(image.getPath(path), System.out);
      }
    }
    return 0;
  }
}
