package io.rookery.examples;

import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An image's files, for commands that look into it. Symbolic links are not followed. */
final class ImageFiles implements AutoCloseable {
  private static final int CHUNK = 1 << 18;

  private final BlockDevice device;
  private final Ext2FileSystem files;

  private ImageFiles(BlockDevice device, Ext2FileSystem files) {
    this.device = device;
    this.files = files;
  }

  static ImageFiles read(Path image) throws IOException {
    return open(BlockDevices.openFileReadOnly(image), MountOptions.readOnly());
  }

  /** With a journal beside the image, so that a crash leaves it whole. */
  static ImageFiles write(Path image) throws IOException {
    return open(BlockDevices.openJournaledFile(image), MountOptions.readWrite());
  }

  private static ImageFiles open(BlockDevice device, MountOptions options) throws IOException {
    boolean done = false;
    try {
      ImageFiles opened = new ImageFiles(device, Ext2FileSystem.open(device, options));
      done = true;
      return opened;
    } finally {
      if (!done) {
        device.close();
      }
    }
  }

  Ext2FileSystem files() {
    return files;
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  /** The file at a path from the root. */
  Ext2Inode find(String path) throws IOException {
    Ext2Inode at = files.root();
    for (String name : path.split("/", -1)) {
      Ext2Inode next = name.isEmpty() ? at : files.lookup(at, bytes(name));
      if (next == null) {
        throw new Ext2Exception(Ext2Exception.Reason.ENOENT, path);
      }
      at = next;
    }
    return at;
  }

  void copy(Ext2Inode file, OutputStream out) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    for (long at = 0; files.read(file, at, buffer) > 0; at += buffer.position(), buffer.clear()) {
      out.write(buffer.array(), 0, buffer.position());
    }
  }

  @Override
  public void close() throws IOException {
    try (device) {
      files.close();
    }
  }
}
