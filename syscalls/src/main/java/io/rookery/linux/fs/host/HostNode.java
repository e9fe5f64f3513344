package io.rookery.linux.fs.host;

import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A host file that is only read. Its path is made of components that were each looked up without
 * following links. Contents and directories are opened component by component ({@link HostWalk}),
 * so that links which replace one later lead nowhere; attributes are read by the path, and can be
 * those of another file for as long as such a link is there. Thread-safe.
 */
public final class HostNode implements PageStore {
  /** How long attributes are believed, but for opening: the host may change them any time. */
  public static final long VALID_NANOS = 1_000_000_000L;

  private final HostChannels channels;
  private final Path root;
  private final Path path;
  private volatile HostAttributes attributes;
  private volatile long readAt;

  private HostNode(HostChannels channels, Path root, Path path, HostAttributes attributes) {
    this.channels = channels;
    this.root = root;
    this.path = path;
    this.attributes = attributes;
    this.readAt = System.nanoTime();
  }

  /** The directory that a file system starts at. */
  public static HostNode root(HostChannels channels, Path directory) throws IOException {
    Path real = directory.toRealPath();
    return new HostNode(channels, real, real, HostAttributes.read(real));
  }

  public Path path() {
    return path;
  }

  /** The attributes, at most a second old. */
  public HostAttributes attributes() {
    if (System.nanoTime() - readAt > VALID_NANOS) {
      refresh();
    }
    return attributes;
  }

  /** The attributes as they were read last. */
  public HostAttributes knownAttributes() {
    return attributes;
  }

  /** Reads the attributes again; whether the file is still the same one. */
  public boolean refresh() {
    try {
      return follow(HostAttributes.read(path));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean follow(HostAttributes fresh) {
    boolean same = attributes.sameFile(fresh);
    if (same) {
      attributes = fresh;
      readAt = System.nanoTime();
    }
    return same;
  }

  /**
   * Whether what has just been looked up is this file, under its name or, if it is not a directory,
   * under another one while its own still leads to it.
   */
  public boolean is(HostNode found) {
    if (!path.equals(found.path)) {
      return attributes.sameFile(found.attributes)
          && !FileMode.isDirectory(attributes.mode())
          && refresh();
    }
    return follow(found.attributes);
  }

  /** Whether the node was read or checked within the last second. */
  public boolean fresh() {
    return System.nanoTime() - readAt <= VALID_NANOS;
  }

  /** The child of that name, or null. */
  public @Nullable HostNode lookup(Name name) throws IOException {
    Path child = HostNames.child(path, name);
    if (child == null) {
      return null;
    }
    try {
      return new HostNode(channels, root, child, HostAttributes.read(child));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** The names of a directory. */
  public List<Name> list() throws IOException {
    List<Name> names = new ArrayList<>();
    for (Path p : HostWalk.list(root, path)) {
      names.add(HostNames.name(p));
    }
    return names;
  }

  public byte[] readLink() throws IOException {
    return HostNames.bytes(Files.readSymbolicLink(path));
  }

  @Override
  public long size() {
    return attributes.size();
  }

  @Override
  public void load(long position, byte[] target, int offset, int length) throws IOException {
    int done = readSome(position, target, offset, length);
    Arrays.fill(target, offset + done, offset + length, (byte) 0);
  }

  /** Reads up to the end of the file; returns how much there was. */
  public int readSome(long position, byte[] target, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
    while (buffer.hasRemaining()) {
      int n;
      try {
        n = channels.get(this).read(buffer, position + buffer.position() - offset);
      } catch (ClosedChannelException e) {
        continue; // evicted between get and read
      }
      if (n < 0) {
        break;
      }
    }
    return buffer.position() - offset;
  }

  /** Opens the host's file, which must still be this one. */
  FileChannel openChannel() throws IOException {
    FileChannel c = HostWalk.open(root, path, StandardOpenOption.READ);
    if (!attributes.sameFile(HostAttributes.read(path))) {
      c.close();
      throw new NoSuchFileException(path.toString());
    }
    return c;
  }
}
