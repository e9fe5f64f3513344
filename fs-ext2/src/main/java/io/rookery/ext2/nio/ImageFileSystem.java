package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files of a mounted volume. */
final class ImageFileSystem extends FileSystem {
  static final Set<String> VIEWS = Set.of("basic", "owner", "posix", "unix", "user");

  /** Something that uses the volume. */
  interface Call<T extends @Nullable Object> {
    T run() throws IOException;
  }

  /** What else is to be done when the file system is closed. */
  interface Closing {
    void run() throws IOException;
  }

  private final Ext2FileSystemProvider provider;
  private final Ext2FileSystem files;
  private final String image;
  private final Closing closing;
  private final Resolver resolver;
  private volatile boolean open = true;

  /** {@code image}: what stands for the image in URIs. */
  ImageFileSystem(
      Ext2FileSystemProvider provider, Ext2FileSystem files, String image, Closing closing) {
    this.provider = provider;
    this.files = files;
    this.image = image;
    this.closing = closing;
    this.resolver = new Resolver(files);
  }

  Ext2FileSystem files() {
    if (!open) {
      throw new ClosedFileSystemException();
    }
    return files;
  }

  Resolver resolver() {
    return resolver;
  }

  /** Calls the volume; its refusals become the exceptions that callers of java.nio.file expect. */
  <T extends @Nullable Object> T call(Path path, Call<T> call) throws IOException {
    if (!open) {
      throw new ClosedFileSystemException();
    }
    try {
      return call.run();
    } catch (Ext2Exception e) {
      throw translate(path.toString(), e);
    }
  }

  private static IOException translate(String path, Ext2Exception e) {
    IOException translated =
        switch (e.reason()) {
          case ENOENT -> new NoSuchFileException(path);
          case EEXIST -> new FileAlreadyExistsException(path);
          case ENOTEMPTY -> new DirectoryNotEmptyException(path);
          case ENOTDIR -> new NotDirectoryException(path);
          case EROFS -> throw new ReadOnlyFileSystemException();
          default -> new FileSystemException(path, null, String.valueOf(e.getMessage()));
        };
    translated.initCause(e);
    return translated;
  }

  URI uri(String path) {
    try {
      String name = new URI(null, null, path, null).getRawPath();
      return URI.create("ext2:" + image.replace("!", "%21") + "!" + name.replace("!", "%21"));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Ext2FileSystemProvider provider() {
    return provider;
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (!open) {
        return;
      }
      open = false;
    }
    provider.forget(image, this);
    closing.run();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isReadOnly() {
    return files.isReadOnly();
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(getPath("/"));
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(new ImageFileStore(this));
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return VIEWS;
  }

  @Override
  public ImagePath getPath(String first, String... more) {
    StringBuilder text = new StringBuilder(first);
    for (String part : more) {
      if (!part.isEmpty()) {
        text.append(text.isEmpty() ? "" : "/").append(part);
      }
    }
    return ImagePath.parse(this, text.toString());
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    int colon = syntaxAndPattern.indexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException(syntaxAndPattern);
    }
    String text = syntaxAndPattern.substring(colon + 1);
    Pattern pattern =
        switch (syntaxAndPattern.substring(0, colon)) {
          case "glob" -> Pattern.compile(Globs.toRegex(text), Pattern.DOTALL);
          case "regex" -> Pattern.compile(text);
          default -> throw new UnsupportedOperationException(syntaxAndPattern);
        };
    return path -> pattern.matcher(path.toString()).matches();
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return Principal.LOOKUP;
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("images cannot be watched");
  }
}
