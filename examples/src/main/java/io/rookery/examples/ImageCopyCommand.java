package io.rookery.examples;

import io.rookery.ext2.Ext2Attributes;
import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image cp}: one file, out of an image or into it. */
final class ImageCopyCommand extends Command {
  private static final String INSIDE = "image:";
  private static final int CHUNK = 1 << 18;
  private static final int NEW_MODE = 0644;

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
    Path image = Path.of(operands.get(0));
    String source = operands.get(1);
    String target = operands.get(2);
    if (source.startsWith(INSIDE)) {
      try (ImageFiles files = ImageFiles.read(image)) {
        copyOut(files, source.substring(INSIDE.length()), Path.of(target));
      }
    } else {
      try (ImageFiles files = ImageFiles.write(image)) {
        copyIn(files, Path.of(source), target.substring(INSIDE.length()));
      }
    }
    return 0;
  }

  private static void copyOut(ImageFiles image, String source, Path target) throws IOException {
    Ext2Inode file = image.find(source);
    try (OutputStream out = Files.newOutputStream(target)) {
      image.copy(file, out);
    }
  }

  private static void copyIn(ImageFiles image, Path source, String target) throws IOException {
    int slash = target.lastIndexOf('/');
    Ext2Inode dir = image.find(slash < 0 ? "" : target.substring(0, slash));
    byte[] name = ImageFiles.bytes(target.substring(slash + 1));
    Ext2FileSystem files = image.files();
    Ext2Inode file = files.lookup(dir, name);
    if (file == null) {
      Ext2Attributes owner = dir.attributes();
      file = files.create(dir, name, NEW_MODE, owner.uid(), owner.gid());
    } else {
      files.truncate(file, 0);
    }
    try (InputStream in = Files.newInputStream(source)) {
      byte[] chunk = new byte[CHUNK];
      long at = 0;
      for (int n = in.read(chunk); n > 0; n = in.read(chunk)) {
        ByteBuffer data = ByteBuffer.wrap(chunk, 0, n);
        if (files.write(file, at, data) < n) {
          throw new Ext2Exception(Ext2Exception.Reason.ENOSPC, "the image is full");
        }
        at += n;
      }
    }
  }
}
