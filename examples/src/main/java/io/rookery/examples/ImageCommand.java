package io.rookery.examples;

import io.rookery.images.ImageBuilder;
import io.rookery.images.ImageInfo;
import io.rookery.images.ImageReport;
import io.rookery.images.InstalledPackage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rookery image}: builds and describes images. */
@Command(
    name = "image",
    mixinStandardHelpOptions = true,
    description = "Builds and describes root file system images.",
    subcommands = {ImageCommand.Build.class, ImageCommand.Info.class})
final class ImageCommand {
  private ImageCommand() {}

  /** {@code rookery image build}. */
  @Command(
      name = "build",
      mixinStandardHelpOptions = true,
      description = "Builds a Debian root file system from a mirror.")
  static final class Build implements Callable<Integer> {
    @Option(names = "--suite", defaultValue = "bookworm", description = "default: ${DEFAULT-VALUE}")
    private String suite = "bookworm";

    @Option(names = "--arch", defaultValue = "amd64", description = "default: ${DEFAULT-VALUE}")
    private String arch = "amd64";

    @Option(
        names = "--include",
        split = ",",
        paramLabel = "PACKAGE",
        description = "more packages than the default ones")
    private List<String> include = List.of();

    @Option(
        names = "--mirror",
        paramLabel = "ADDRESS",
        description = "default: ROOKERY_DEBIAN_MIRROR, else the host's apt sources")
    private @Nullable String mirror;

    @Parameters(paramLabel = "OUT.ext2", description = "the image to make")
    private Path out = Path.of("");

    @Override
    public Integer call() {
      ImageBuilder builder =
          ImageBuilder.debian()
              .suite(suite)
              .arch(arch)
              .include(include)
              .listener(new ProgressBar(System.err));
      if (mirror != null) {
        builder.mirror(mirror);
      }
      ImageReport report = builder.build(out);
      System.out.printf(
          "%s: %s %s, %d packages, %,d bytes downloaded, %.1f s%n",
          report.image(),
          report.suite(),
          report.architecture(),
          report.packages().size(),
          report.downloadBytes(),
          report.elapsed().toMillis() / 1e3);
      return 0;
    }
  }

  /** {@code rookery image info}. */
  @Command(name = "info", mixinStandardHelpOptions = true, description = "Describes an image.")
  static final class Info implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "an ext2 image")
    private Path file = Path.of("");

    @Override
    public Integer call() {
      ImageInfo info = ImageInfo.read(file);
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
}
