package io.rookery.examples;

import io.rookery.images.ImageBuilder;
import io.rookery.images.ImageReport;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** {@code rookery image build}. */
final class ImageBuildCommand extends Command {
  ImageBuildCommand() {
    super(
        "rookery image build [OPTIONS] OUT.ext2",
        "Builds a Debian root file system from a mirror.");
    value("suite", "SUITE", "default: bookworm");
    value("arch", "ARCHITECTURE", "default: amd64");
    value("include", "PACKAGE,...", "more packages than the default ones");
    value("mirror", "ADDRESS", "default: ROOKERY_DEBIAN_MIRROR, else the host's apt sources");
    options()
        .addOption(
            Option.builder()
                .longOpt("configure")
                .desc("run the packages' maintainer scripts, which takes a minute or more")
                .get());
  }

  private void value(String name, String argument, String description) {
    options()
        .addOption(
            Option.builder().longOpt(name).hasArg().argName(argument).desc(description).get());
  }

  @Override
  int run(CommandLine line) {
    if (line.getArgList().size() != 1) {
      throw new UsageException("one file to make, please");
    }
    ImageBuilder builder =
        ImageBuilder.debian()
            .suite(line.getOptionValue("suite", "bookworm"))
            .arch(line.getOptionValue("arch", "amd64"))
            .configure(line.hasOption("configure"))
            .listener(new ProgressBar(System.err));
    if (line.hasOption("include")) {
      builder.include(List.of(line.getOptionValue("include").split(",", -1)));
    }
    if (line.hasOption("mirror")) {
      builder.mirror(line.getOptionValue("mirror"));
    }
    ImageReport report = builder.build(Path.of(line.getArgList().getFirst()));
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
