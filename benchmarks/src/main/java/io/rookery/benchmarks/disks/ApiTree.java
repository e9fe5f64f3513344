package io.rookery.benchmarks.disks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A volume in the hands of {@code rookery-ext2}. */
final class ApiTree implements Tree {
  private static final int MODE = 0100644;

  private final BlockDevice device;
  private final Ext2FileSystem fs;

  ApiTree(Path image) throws IOException {
    device = BlockDevices.openFile(image);
    fs = Ext2FileSystem.open(device, MountOptions.readWrite());
  }

  private static byte[] name(String path) {
    return path.substring(path.lastIndexOf('/') + 1).getBytes(UTF_8);
  }

  /** From the root on each time, as the host's kernel does. */
  private Ext2Inode parent(String path) throws IOException {
    Ext2Inode at = fs.root();
    for (int from = 0, end; (end = path.indexOf('/', from)) >= 0; from = end + 1) {
      at = existing(fs.lookup(at, path.substring(from, end).getBytes(UTF_8)), path);
    }
    return at;
  }

  private static Ext2Inode existing(Ext2Inode inode, String path) throws IOException {
    if (inode == null) {
      throw new NoSuchFileException(path);
    }
    return inode;
  }

  private record OpenFile(Ext2FileSystem fs, Ext2Inode inode) implements Handle {
    @Override
    public void read(long position, ByteBuffer target) throws IOException {
      fs.read(inode, position, target);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      fs.write(inode, position, source);
    }

    @Override
    public void close() {}
  }

  @Override
  public void mkdir(String path) throws IOException {
    fs.mkdir(parent(path), name(path), 0755, 0, 0);
  }

  @Override
  public Handle open(String path) throws IOException {
    Ext2Inode parent = parent(path);
    Ext2Inode inode = fs.lookup(parent, name(path));
    return new OpenFile(fs, inode != null ? inode : fs.create(parent, name(path), MODE, 0, 0));
  }

  @Override
  public long stat(String path) throws IOException {
    return existing(fs.lookup(parent(path), name(path)), path).attributes().size();
  }

  @Override
  public void delete(String path) throws IOException {
    fs.unlink(parent(path), name(path));
  }

  @Override
  public void close() throws IOException {
    fs.close();
    device.close();
  }
}
