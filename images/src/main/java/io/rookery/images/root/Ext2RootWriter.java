package io.rookery.images.root;

import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Fills an ext2 volume. Closing it does not close the volume. */
public final class Ext2RootWriter implements RootWriter {
  private static final int CHUNK = 1 << 18;
  private static final int MAX_READ = 256 << 20;

  private final Ext2FileSystem volume;

  /** Directories by path; files are looked up in them. */
  private final Map<String, Ext2Inode> directories = new HashMap<>();

  private final byte[] chunk = new byte[CHUNK];

  /** Fills a volume that is mounted for writing. */
  public Ext2RootWriter(Ext2FileSystem volume) {
    this.volume = volume;
    directories.put("/", volume.root());
  }

  @Override
  public void directory(String path, Attributes a) throws IOException {
    Ext2Inode made = volume.mkdir(parent(path), name(path), a.mode(), a.uid(), a.gid());
    directories.put(path, made);
    volume.setTimes(made, a.modified(), a.modified());
  }

  @Override
  public void file(String path, Attributes a, InputStream contents) throws IOException {
    Ext2Inode made = volume.create(parent(path), name(path), a.mode(), a.uid(), a.gid());
    long position = 0;
    for (int n = contents.readNBytes(chunk, 0, CHUNK);
        n > 0;
        n = contents.readNBytes(chunk, 0, CHUNK)) {
      ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, n);
      while (bytes.hasRemaining()) {
        position += volume.write(made, position, bytes);
      }
    }
    volume.setTimes(made, a.modified(), a.modified());
  }

  @Override
  public void symlink(String path, String target, Attributes a) throws IOException {
    byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
    Ext2Inode made = volume.symlink(parent(path), name(path), bytes, a.uid(), a.gid());
    volume.setTimes(made, a.modified(), a.modified());
  }

  @Override
  public void hardLink(String path, String existing) throws IOException {
    volume.link(parent(path), name(path), inode(existing));
  }

  @Override
  public void special(String path, Special kind, int major, int minor, Attributes a)
      throws IOException {
    FileType type =
        switch (kind) {
          case CHARACTER_DEVICE -> FileType.CHARACTER_DEVICE;
          case BLOCK_DEVICE -> FileType.BLOCK_DEVICE;
          case FIFO -> FileType.FIFO;
        };
    int device = kind == Special.FIFO ? 0 : deviceNumber(major, minor);
    Ext2Inode made =
        volume.mknod(parent(path), name(path), type.mode() | a.mode(), device, a.uid(), a.gid());
    volume.setTimes(made, a.modified(), a.modified());
  }

  @Override
  public void setAttributes(String path, Attributes a) throws IOException {
    Ext2Inode inode = inode(path);
    if (inode.type() != FileType.SYMLINK) {
      volume.setMode(inode, a.mode());
    }
    volume.setOwner(inode, a.uid(), a.gid());
    volume.setTimes(inode, a.modified(), a.modified());
  }

  @Override
  public void remove(String path) throws IOException {
    volume.unlink(parent(path), name(path));
  }

  @Override
  public byte[] read(String path) throws IOException {
    Ext2Inode file = inode(path);
    long size = file.size();
    if (size > MAX_READ) {
      throw new IOException(path + ": " + size + " bytes are too many to be read at once");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) size);
    while (bytes.hasRemaining()) {
      if (volume.read(file, bytes.position(), bytes) <= 0) {
        throw new IOException(path + ": ends before its length");
      }
    }
    return bytes.array();
  }

  @Override
  public void close() {
    directories.clear();
  }

  /** Linux's 32-bit encoding: bits 8–19 the major number, 0–7 and 20–31 the minor. */
  private static int deviceNumber(int major, int minor) {
    return (minor & 0xFF) | (major & 0xFFF) << 8 | (minor & 0xFFF00) << 12;
  }

  private Ext2Inode inode(String path) throws IOException {
    Ext2Inode directory = directories.get(path);
    if (directory != null) {
      return directory;
    }
    Ext2Inode file = volume.lookup(parent(path), name(path));
    if (file == null) {
      throw new FileNotFoundException(path);
    }
    return file;
  }

  private Ext2Inode parent(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    Ext2Inode directory = directories.get(slash == 0 ? "/" : path.substring(0, slash));
    if (directory == null) {
      throw new FileNotFoundException(path.substring(0, slash));
    }
    return directory;
  }

  private static byte[] name(String path) {
    return path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
  }
}
