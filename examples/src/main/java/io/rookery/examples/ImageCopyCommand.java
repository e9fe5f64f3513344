package io.rookery.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image cp}: one file, out of an image or into it. */
final class ImageCopyCommand extends Command {
  private static final String INSIDE = "image:";

  ImageCopyCommand() {
    super(
        "rookery image cp FILE SOURCE TARGET",
        "Copies a file; the path that begins with image: is one in the image.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    List<String> operands = line.getArgList();
    if (operands.size() != 3
        || operands.get(1).startsWith(INSIDE) == operands.get(2).startsWith(INSIDE)) {
      throw new UsageException("an image and two paths, one of them image:PATH, please");
    }
    String source = operands.get(1);
    String target = operands.get(2);
    try (FileSystem image = Images.open(operands.getFirst(), source.startsWith(INSIDE));
        InputStream in = Files.newInputStream(path(image, source));
        OutputStream out = Files.newOutputStream(path(image, target))) {
      in.transferTo(out);
    }
    return 0;
  }

  private static Path path(FileSystem image, String operand) {
    return operand.startsWith(INSIDE)
        ? image.getPath(operand.substring(INSIDE.length()))
        : Path.of(operand);
  }
}
