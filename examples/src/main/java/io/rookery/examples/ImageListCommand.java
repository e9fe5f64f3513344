package io.rookery.examples;

import io.rookery.ext2.FileType;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image ls}. */
final class ImageListCommand extends Command {
  ImageListCommand() {
    super("rookery image ls FILE [PATH]", "Lists a directory of an image, or one file.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    List<String> operands = line.getArgList();
    if (operands.isEmpty() || operands.size() > 2) {
      throw new UsageException("an image and a path, please");
    }
    String path = operands.size() == 2 ? operands.get(1) : "/";
    try (FileSystem image = Images.open(operands.getFirst(), true)) {
      Path file = image.getPath(path);
      if (!Files.isDirectory(file)) {
        print(path, file);
        return 0;
      }
      try (Stream<Path> files = Files.list(file)) {
        for (Path each : files.sorted().toList()) {
          print(String.valueOf(each.getFileName()), each);
        }
      }
    }
    return 0;
  }

  private static void print(String name, Path file) throws IOException {
    Map<String, Object> a =
        Files.readAttributes(
            file, "unix:mode,nlink,uid,gid,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    String target = Files.isSymbolicLink(file) ? " -> " + Files.readSymbolicLink(file) : "";
    System.out.printf(
        "%s %3s %5s %5s %12s %.19s %s%s%n",
        mode((Integer) Objects.requireNonNull(a.get("mode"))),
        a.get("nlink"),
        a.get("uid"),
        a.get("gid"),
        a.get("size"),
        a.get("lastModifiedTime"),
        name,
        target);
  }

  /** As ls -l writes it. */
  private static String mode(int mode) {
    char[] text = "rwxrwxrwx".toCharArray();
    for (int i = 0; i < text.length; i++) {
      if ((mode & 0400 >> i) == 0) {
        text[i] = '-';
      }
    }
    for (int i = 0; i < 3; i++) {
      if ((mode & 04000 >> i) != 0) {
        int at = 3 * i + 2;
        char set = i == 2 ? 't' : 's';
        text[at] = text[at] == '-' ? Character.toUpperCase(set) : set;
      }
    }
    char type =
        switch (FileType.ofMode(mode)) {
          case REGULAR -> '-';
          case DIRECTORY -> 'd';
          case CHARACTER_DEVICE -> 'c';
          case BLOCK_DEVICE -> 'b';
          case FIFO -> 'p';
          case SOCKET -> 's';
          case SYMLINK -> 'l';
          case UNKNOWN -> '?';
        };
    return type + new String(text);
  }
}
