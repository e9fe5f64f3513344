package io.rookery.examples;

import io.rookery.images.ImageInfo;
import io.rookery.images.InstalledPackage;
import java.nio.file.Path;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image info}. */
final class ImageInfoCommand extends Command {
  ImageInfoCommand() {
    super("rookery image info FILE", "Describes an image.");
  }

  @Override
  int run(CommandLine line) {
    if (line.getArgList().size() != 1) {
      throw new UsageException("one image, please");
    }
    ImageInfo info = ImageInfo.read(Path.of(line.getArgList().getFirst()));
    System.out.printf("label         %s%n", info.label());
    System.out.printf("uuid          %s%n", info.uuid());
    System.out.printf("size          %,d bytes, %,d used%n", info.size(), info.used());
    System.out.printf("system        %s (%s)%n", info.version(), info.suite());
    System.out.printf("architecture  %s%n", info.architecture());
    System.out.printf("packages      %d%n", info.packages().size());
    for (InstalledPackage p : info.packages()) {
      System.out.printf("  %s %s %s%n", p.name(), p.version(), p.status());
    }
    return 0;
  }
}
