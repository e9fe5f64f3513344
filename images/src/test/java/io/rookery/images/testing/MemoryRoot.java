package io.rookery.images.testing;

import io.rookery.images.root.RootWriter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A root in memory that fails where a file system would. */
public final class MemoryRoot implements RootWriter {
  /** A file: hard links are two names of one. */
  public static final class Inode {
    public final char kind;
    public Attributes attributes;
    public final byte[] contents;
    public int links = 1;

    Inode(char kind, Attributes attributes, byte[] contents) {
      this.kind = kind;
      this.attributes = attributes;
      this.contents = contents;
    }

    public String text() {
      return new String(contents, StandardCharsets.UTF_8);
    }
  }

  public final TreeMap<String, Inode> files = new TreeMap<>();

  public MemoryRoot() {
    files.put(
        "/", new Inode('d', new Attributes(0755, 0, 0, java.time.Instant.EPOCH), new byte[0]));
  }

  /** The file at a path, or null. */
  public @Nullable Inode get(String path) {
    return files.get(path);
  }

  /** A file's text. */
  public String text(String path) {
    Inode inode = files.get(path);
    if (inode == null) {
      throw new AssertionError("there is no " + path + " among " + files.keySet());
    }
    return inode.text();
  }

  private void put(String path, Inode inode) throws IOException {
    Inode parent =
        files.get(path.lastIndexOf('/') == 0 ? "/" : path.substring(0, path.lastIndexOf('/')));
    if (parent == null || parent.kind != 'd') {
      throw new FileNotFoundException("no directory for " + path);
    }
    if (files.putIfAbsent(path, inode) != null) {
      throw new IOException("exists: " + path);
    }
  }

  @Override
  public void directory(String path, Attributes attributes) throws IOException {
    put(path, new Inode('d', attributes, new byte[0]));
  }

  @Override
  public void file(String path, Attributes attributes, InputStream contents) throws IOException {
    put(path, new Inode('-', attributes, contents.readAllBytes()));
  }

  @Override
  public void symlink(String path, String target, Attributes attributes) throws IOException {
    put(path, new Inode('l', attributes, target.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void hardLink(String path, String existing) throws IOException {
    Inode inode = inode(existing);
    put(path, inode);
    inode.links++;
  }

  @Override
  public void special(String path, Special kind, int major, int minor, Attributes attributes)
      throws IOException {
    String number = kind == Special.FIFO ? "" : major + ":" + minor;
    char letter = kind == Special.FIFO ? 'p' : kind == Special.BLOCK_DEVICE ? 'b' : 'c';
    put(path, new Inode(letter, attributes, number.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void setAttributes(String path, Attributes attributes) throws IOException {
    inode(path).attributes = attributes;
  }

  @Override
  public void remove(String path) throws IOException {
    inode(path).links--;
    files.remove(path);
  }

  @Override
  public byte[] read(String path) throws IOException {
    return inode(path).contents;
  }

  @Override
  public void close() {}

  private Inode inode(String path) throws IOException {
    Inode inode = files.get(path);
    if (inode == null) {
      throw new FileNotFoundException(path);
    }
    return inode;
  }
}
