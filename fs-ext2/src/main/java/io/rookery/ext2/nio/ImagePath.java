package io.rookery.ext2.nio;

import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A path in an image; the empty path has one empty name. */
final class ImagePath implements Path {
  private final ImageFileSystem fileSystem;
  private final boolean absolute;
  private final List<String> names;

  ImagePath(ImageFileSystem fileSystem, boolean absolute, List<String> names) {
    this.fileSystem = fileSystem;
    this.absolute = absolute;
    this.names = names.isEmpty() && !absolute ? List.of("") : List.copyOf(names);
  }

  static ImagePath parse(ImageFileSystem fileSystem, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new InvalidPathException(text, "a zero character");
    }
    List<String> names = new ArrayList<>();
    for (String name : text.split("/", -1)) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return new ImagePath(fileSystem, text.startsWith("/"), names);
  }

  /** The path as one of ours. */
  static ImagePath of(Path path) {
    if (Objects.requireNonNull(path) instanceof ImagePath own) {
      return own;
    }
    throw new ProviderMismatchException(path.getClass().getName());
  }

  List<String> names() {
    return names;
  }

  private boolean isEmpty() {
    return !absolute && names.size() == 1 && names.getFirst().isEmpty();
  }

  @Override
  public ImageFileSystem getFileSystem() {
    return fileSystem;
  }

  @Override
  public boolean isAbsolute() {
    return absolute;
  }

  @Override
  public @Nullable ImagePath getRoot() {
    return absolute ? new ImagePath(fileSystem, true, List.of()) : null;
  }

  @Override
  public @Nullable ImagePath getFileName() {
    return names.isEmpty() ? null : new ImagePath(fileSystem, false, List.of(names.getLast()));
  }

  @Override
  public @Nullable ImagePath getParent() {
    if (names.isEmpty() || (!absolute && names.size() == 1)) {
      return null;
    }
    return new ImagePath(fileSystem, absolute, names.subList(0, names.size() - 1));
  }

  @Override
  public int getNameCount() {
    return names.size();
  }

  @Override
  public ImagePath getName(int index) {
    return subpath(index, index + 1);
  }

  @Override
  public ImagePath subpath(int from, int to) {
    if (from < 0 || to > names.size() || from >= to) {
      throw new IllegalArgumentException("names %d to %d of %s".formatted(from, to, this));
    }
    return new ImagePath(fileSystem, false, names.subList(from, to));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof ImagePath path
        && path.fileSystem.equals(fileSystem)
        && path.absolute == absolute
        && (path.isEmpty() ? isEmpty() : beginsWith(path.names));
  }

  private boolean beginsWith(List<String> prefix) {
    return prefix.size() <= names.size() && names.subList(0, prefix.size()).equals(prefix);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof ImagePath path) || !path.fileSystem.equals(fileSystem)) {
      return false;
    }
    if (path.absolute || path.isEmpty()) {
      return equals(path);
    }
    int from = names.size() - path.names.size();
    return from >= 0 && names.subList(from, names.size()).equals(path.names);
  }

  @Override
  public ImagePath normalize() {
    List<String> kept = new ArrayList<>();
    for (String name : names) {
      boolean up = name.equals("..");
      if (up && !kept.isEmpty() && !kept.getLast().equals("..")) {
        kept.removeLast();
      } else if (!name.equals(".") && !(up && absolute)) {
        kept.add(name);
      }
    }
    return new ImagePath(fileSystem, absolute, kept);
  }

  @Override
  public ImagePath resolve(Path other) {
    ImagePath path = of(other);
    if (path.absolute || isEmpty()) {
      return path;
    }
    if (path.isEmpty()) {
      return this;
    }
    List<String> joined = new ArrayList<>(names);
    joined.addAll(path.names);
    return new ImagePath(fileSystem, absolute, joined);
  }

  @Override
  public ImagePath relativize(Path other) {
    ImagePath path = of(other);
    if (path.absolute != absolute) {
      throw new IllegalArgumentException(path + " from " + this);
    }
    List<String> from = isEmpty() ? List.of() : names;
    List<String> to = path.isEmpty() ? List.of() : path.names;
    int common = 0;
    while (common < Math.min(from.size(), to.size()) && from.get(common).equals(to.get(common))) {
      common++;
    }
    List<String> result = new ArrayList<>();
    for (int i = common; i < from.size(); i++) {
      result.add("..");
    }
    result.addAll(to.subList(common, to.size()));
    return new ImagePath(fileSystem, false, result);
  }

  @Override
  public URI toUri() {
    return fileSystem.uri(toAbsolutePath().toString());
  }

  @Override
  public ImagePath toAbsolutePath() {
    return absolute ? this : new ImagePath(fileSystem, true, isEmpty() ? List.of() : names);
  }

  @Override
  public ImagePath toRealPath(LinkOption... options) throws IOException {
    boolean follow = !List.of(options).contains(LinkOption.NOFOLLOW_LINKS);
    return fileSystem.call(
        this,
        () ->
            new ImagePath(
                fileSystem, true, fileSystem.resolver().resolve(this, follow).realNames()));
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("images cannot be watched");
  }

  @Override
  public int compareTo(Path other) {
    return toString().compareTo(of(other).toString());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ImagePath path
        && path.fileSystem.equals(fileSystem)
        && path.absolute == absolute
        && path.names.equals(names);
  }

  @Override
  public int hashCode() {
    return Objects.hash(absolute, names);
  }

  @Override
  public String toString() {
    return (absolute ? "/" : "") + String.join("/", names);
  }
}
