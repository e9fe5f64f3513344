package io.rookery.examples;

import io.rookery.ext2.Ext2Attributes;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    try (ImageFiles image = ImageFiles.read(Path.of(operands.getFirst()))) {
      Ext2Inode file = image.find(path);
      if (!file.isDirectory()) {
        print(image.files(), path, file);
        return 0;
      }
      Map<String, Long> names = new TreeMap<>();
      image
          .files()
          .list(
              file,
              0,
              (name, inode, type, next) -> {
                names.put(new String(name, StandardCharsets.UTF_8), inode);
                return true;
              });
      for (Map.Entry<String, Long> name : names.entrySet()) {
        print(image.files(), name.getKey(), image.files().inode(name.getValue()));
      }
    }
    return 0;
  }

  private static void print(Ext2FileSystem files, String name, Ext2Inode inode) throws IOException {
    Ext2Attributes a = inode.attributes();
    String target =
        a.type() == FileType.SYMLINK
            ? " -> " + new String(files.readlink(inode), StandardCharsets.UTF_8)
            : "";
    System.out.printf(
        "%s %3d %5d %5d %12d %.19s %s%s%n",
        mode(a.mode()), a.links(), a.uid(), a.gid(), a.size(), a.modifyTime(), name, target);
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
