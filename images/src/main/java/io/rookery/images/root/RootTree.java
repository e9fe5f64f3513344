package io.rookery.images.root;

import io.rookery.images.BadArchiveException;
import io.rookery.images.root.RootWriter.Attributes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of a new root file system: knows what is there, resolves symbolic links on the way to a
 * file as Linux does (so {@code /bin} may be a link to {@code usr/bin}), and never leaves the root.
 */
final class RootTree {
  /** Linux follows at most this many links in a path (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final int MAX_PATH = 4096;
  private static final int MAX_NAME = 255;

  enum Kind {
    DIRECTORY,
    FILE,
    SYMLINK,
    SPECIAL
  }

  /**
   * What is at a path.
   *
   * @param target of a symbolic link, else empty
   * @param owner the package it came from, empty for configuration
   */
  record Node(Kind kind, String target, String owner, Attributes attributes) {}

  private final RootWriter writer;
  private final Instant time;
  private final NavigableMap<String, Node> nodes = new TreeMap<>();

  /** Starts with an empty root; {@code time} is given to what no package brings. */
  RootTree(RootWriter writer, Instant time) {
    this.writer = writer;
    this.time = time;
    nodes.put("/", new Node(Kind.DIRECTORY, "", "", new Attributes(0755, 0, 0, time)));
  }

  /** Attributes of a file of root's that no package brings. */
  Attributes attributes(int mode) {
    return new Attributes(mode, 0, 0, time);
  }

  // ---- looking

  /** What is at a path itself, a symbolic link not followed. */
  @Nullable Node node(String path) {
    String at = locate(path, false);
    return at == null ? null : nodes.get(at);
  }

  /** Whether there is something behind all links. */
  boolean exists(String path) {
    String at = locate(path, true);
    return at != null && nodes.containsKey(at);
  }

  /** The kind of file behind all links, or null. */
  @Nullable Kind kind(String path) {
    String at = locate(path, true);
    Node node = at == null ? null : nodes.get(at);
    return node == null ? null : node.kind();
  }

  /** The names in a directory, sorted; none if it is not there. */
  List<String> list(String directory) {
    String at = locate(directory, true);
    if (at == null) {
      return List.of();
    }
    String prefix = at.equals("/") ? at : at + "/";
    return nodes.tailMap(prefix, false).keySet().stream()
        .takeWhile(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()))
        .filter(name -> name.indexOf('/') < 0)
        .toList();
  }

  /** The contents of a regular file, behind all links. */
  byte[] read(String path) throws IOException {
    String at = locate(path, true);
    Node node = at == null ? null : nodes.get(at);
    if (at == null || node == null || node.kind() != Kind.FILE) {
      throw new BadArchiveException("the packages bring no file " + path);
    }
    return writer.read(at);
  }

  String readText(String path) throws IOException {
    return new String(read(path), StandardCharsets.UTF_8);
  }

  // ---- making

  /** Makes a directory with its parents, or keeps the one that is there. */
  void directory(String path, Attributes attributes, String owner) throws IOException {
    String at = locateForWriting(path);
    Node old = nodes.get(at);
    if (old == null) {
      writer.directory(at, attributes);
      nodes.put(at, new Node(Kind.DIRECTORY, "", owner, attributes));
    } else if (kind(at) != Kind.DIRECTORY) {
      throw new BadArchiveException(path + ": is no directory, and " + owner + " wants one there");
    }
  }

  /** Makes a file in place of what is there. */
  void file(String path, Attributes attributes, InputStream contents, String owner)
      throws IOException {
    String at = makeRoom(path, owner);
    writer.file(at, attributes, contents);
    nodes.put(at, new Node(Kind.FILE, "", owner, attributes));
  }

  void symlink(String path, String target, Attributes attributes, String owner) throws IOException {
    if (target.isEmpty() || target.length() >= MAX_PATH || target.indexOf('\0') >= 0) {
      throw new BadArchiveException(path + ": a symbolic link to an impossible path");
    }
    String at = makeRoom(path, owner);
    writer.symlink(at, target, attributes);
    nodes.put(at, new Node(Kind.SYMLINK, target, owner, attributes));
  }

  void hardLink(String path, String existing, String owner) throws IOException {
    String source = locate(existing, false);
    Node node = source == null ? null : nodes.get(source);
    if (source == null || node == null || node.kind() == Kind.DIRECTORY) {
      throw new BadArchiveException(path + ": a hard link to " + existing + ", which is no file");
    }
    String at = locateForWriting(path);
    if (at.equals(source)) {
      return;
    }
    makeRoom(path, owner);
    writer.hardLink(at, source);
    nodes.put(at, new Node(node.kind(), node.target(), owner, node.attributes()));
  }

  void special(
      String path,
      RootWriter.Special kind,
      int major,
      int minor,
      Attributes attributes,
      String owner)
      throws IOException {
    String at = makeRoom(path, owner);
    writer.special(at, kind, major, minor, attributes);
    nodes.put(at, new Node(Kind.SPECIAL, "", owner, attributes));
  }

  /** Writes a text that no package brings. */
  void write(String path, int mode, String text) throws IOException {
    write(path, attributes(mode), text.getBytes(StandardCharsets.UTF_8));
  }

  void write(String path, Attributes attributes, byte[] contents) throws IOException {
    file(path, attributes, new ByteArrayInputStream(contents), "");
  }

  /** Sets mode and owner of what is there. */
  void setAttributes(String path, Attributes attributes) throws IOException {
    String at = locate(path, false);
    Node node = at == null ? null : nodes.get(at);
    if (at == null || node == null) {
      throw new BadArchiveException("there is no " + path);
    }
    writer.setAttributes(at, attributes);
    nodes.put(at, new Node(node.kind(), node.target(), node.owner(), attributes));
  }

  /** Gives directories the times that filling them has changed. */
  void finish() throws IOException {
    for (var item : nodes.entrySet()) {
      if (item.getValue().kind() == Kind.DIRECTORY) {
        writer.setAttributes(item.getKey(), item.getValue().attributes());
      }
    }
  }

  // ---- paths

  private String makeRoom(String path, String owner) throws IOException {
    String at = locateForWriting(path);
    Node old = nodes.get(at);
    if (old != null) {
      if (old.kind() == Kind.DIRECTORY) {
        throw new BadArchiveException(
            path + ": is a directory, and " + owner + " wants a file there");
      }
      writer.remove(at);
      nodes.remove(at);
    }
    return at;
  }

  /** The real place of a path, whose parents are made where they are missing. */
  private String locateForWriting(String path) throws IOException {
    String at = locate(path, false);
    if (at == null) {
      int slash = path.lastIndexOf('/');
      if (slash <= 0) {
        throw new BadArchiveException(path + ": no path of a file");
      }
      directory(path.substring(0, slash), attributes(0755), "");
      at = locate(path, false);
    }
    if (at == null) {
      throw new BadArchiveException(path + ": leads through something that is no directory");
    }
    return at;
  }

  /**
   * The real path, links on the way followed, the last one only if wanted; null if a directory on
   * the way is missing. The last part need not exist.
   */
  private @Nullable String locate(String path, boolean followLast) {
    if (path.length() >= MAX_PATH || path.indexOf('\0') >= 0) {
      throw new BadArchiveException("an impossible path of " + path.length() + " characters");
    }
    Deque<String> left = new ArrayDeque<>(List.of(path.split("/", -1)));
    String at = "/";
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.removeFirst();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.length() > MAX_NAME) {
        throw new BadArchiveException(path + ": a name of more than " + MAX_NAME + " characters");
      }
      Node here = nodes.get(at);
      if (here == null || here.kind() != Kind.DIRECTORY) {
        return null;
      }
      if (name.equals("..")) {
        at = at.lastIndexOf('/') <= 0 ? "/" : at.substring(0, at.lastIndexOf('/'));
        continue;
      }
      String next = at.equals("/") ? "/" + name : at + "/" + name;
      Node node = nodes.get(next);
      if (node == null || node.kind() != Kind.SYMLINK || (isLast(left) && !followLast)) {
        at = next;
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new BadArchiveException(path + ": leads through too many symbolic links");
      }
      String[] target = node.target().split("/", -1);
      for (int i = target.length - 1; i >= 0; i--) {
        left.addFirst(target[i]);
      }
      if (node.target().startsWith("/")) {
        at = "/";
      }
    }
    return at;
  }

  private static boolean isLast(Deque<String> left) {
    return left.stream().allMatch(part -> part.isEmpty() || part.equals("."));
  }
}
