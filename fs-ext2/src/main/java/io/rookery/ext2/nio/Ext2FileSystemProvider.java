package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ext images as {@link FileSystem}s. An image is opened by its path ({@code
 * FileSystems.newFileSystem(path, Map.of())}) or by a URI, {@code ext2:file:///images/disk.ext2};
 * its files have URIs of the form {@code ext2:file:///images/disk.ext2!/etc/passwd}, where an
 * exclamation mark of a name is written as {@code %21}.
 *
 * <p>Environment: {@code readOnly} ({@code true} or {@code false}, the default). An image that is
 * written has a journal beside it, so that a crash leaves it as it was when it was last closed.
 *
 * <p>The caller acts as root: permissions are stored, not enforced. Owners and groups are numbers;
 * new files belong to 0. Views: basic, owner, posix, unix, user. Symbolic links are followed within
 * the image only. There are no watches, and no {@code FileChannel}s: {@code Files.newByteChannel}.
 * File systems and channels are safe for use by many threads.
 */
public final class Ext2FileSystemProvider extends FileSystemProvider {
  private static final int NEW_FILE = 0644;
  private static final int NEW_DIRECTORY = 0755;
  private static final int EXECUTABLE = 0111;
  private static final String READ_ONLY = "readOnly";

  private static final Ext2FileSystemProvider WRAPPING = new Ext2FileSystemProvider();

  private final Map<String, ImageFileSystem> open = new HashMap<>();

  /** For {@link java.util.ServiceLoader}; it keeps the file systems that URIs name. */
  public Ext2FileSystemProvider() {}

  /** A view of a file system that is open already, and stays so when the view is closed. */
  public static FileSystem wrap(Ext2FileSystem files) {
    return new ImageFileSystem(WRAPPING, files, files.info().uuid().toString(), () -> {});
  }

  @Override
  public String getScheme() {
    return "ext2";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) throws IOException {
    String image = image(uri);
    synchronized (open) {
      if (open.containsKey(image)) {
        throw new FileSystemAlreadyExistsException(image);
      }
      ImageFileSystem made = mount(Path.of(URI.create(image)), image, environment);
      open.put(image, made);
      return made;
    }
  }

  /**
   * Opens an image, for URIs too if it is the first one of that file.
   *
   * @throws UnsupportedOperationException if the path's name does not end in {@code .ext2}, {@code
   *     .ext3}, {@code .ext4} or {@code .img}, so that others may have it
   */
  @Override
  public FileSystem newFileSystem(Path path, Map<String, ?> environment) throws IOException {
    String name = String.valueOf(path.getFileName());
    if (!name.matches(".*\\.(ext[234]|img)")) {
      throw new UnsupportedOperationException(name);
    }
    String image = path.toUri().toString();
    ImageFileSystem made = mount(path, image, environment);
    synchronized (open) {
      open.putIfAbsent(image, made);
    }
    return made;
  }

  private ImageFileSystem mount(Path path, String image, Map<String, ?> environment)
      throws IOException {
    boolean readOnly = Boolean.parseBoolean(String.valueOf(environment.get(READ_ONLY)));
    BlockDevice device =
        readOnly ? BlockDevices.openFileReadOnly(path) : BlockDevices.openJournaledFile(path);
    boolean done = false;
    try {
      Ext2FileSystem files =
          Ext2FileSystem.open(
              device, readOnly ? MountOptions.readOnly() : MountOptions.readWrite());
      done = true;
      return new ImageFileSystem(
          this,
          files,
          image,
          () -> {
            try (device) {
              files.close();
            }
          });
    } finally {
      if (!done) {
        device.close();
      }
    }
  }

  private String image(URI uri) {
    String part = uri.getRawSchemeSpecificPart();
    if (!getScheme().equals(uri.getScheme()) || !part.startsWith("file:")) {
      throw new IllegalArgumentException(uri + ": expected ext2:file:///IMAGE");
    }
    int end = part.indexOf('!');
    String image = end < 0 ? part : part.substring(0, end);
    return Path.of(URI.create(image)).toUri().toString();
  }

  void forget(String image, ImageFileSystem fileSystem) {
    synchronized (open) {
      open.remove(image, fileSystem);
    }
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    String image = image(uri);
    synchronized (open) {
      ImageFileSystem found = open.get(image);
      if (found == null) {
        throw new FileSystemNotFoundException(image);
      }
      return found;
    }
  }

  @Override
  public Path getPath(URI uri) {
    String part = uri.getRawSchemeSpecificPart();
    int end = part.indexOf('!');
    if (end < 0) {
      throw new IllegalArgumentException(uri + ": expected ext2:file:///IMAGE!/PATH");
    }
    return getFileSystem(uri).getPath(URI.create(part.substring(end + 1)).getPath());
  }

  // Files

  private static boolean follows(LinkOption... options) {
    return !List.of(options).contains(LinkOption.NOFOLLOW_LINKS);
  }

  private static int mode(int usual, FileAttribute<?>... attributes) {
    int mode = usual;
    for (FileAttribute<?> attribute : attributes) {
      if (!attribute.name().equals("posix:permissions")) {
        throw new UnsupportedOperationException(attribute.name());
      }
      mode = Views.toMode(AttributeNames.permissions(attribute.value()));
    }
    return mode;
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    ImagePath own = ImagePath.of(path);
    OpenMode mode = OpenMode.of(options);
    int permissions = mode(NEW_FILE, attributes);
    ImageFileSystem fileSystem = own.getFileSystem();
    if (mode.write() && fileSystem.isReadOnly()) {
      throw new ReadOnlyFileSystemException();
    }
    return fileSystem.call(
        own,
        () -> {
          Ext2Inode file = file(own, mode, permissions);
          if (file.type() != FileType.REGULAR) {
            throw new FileSystemException(path.toString(), null, "no regular file");
          }
          file.retain();
          ImageChannel channel = new ImageChannel(own, file, mode);
          if (mode.truncate() && file.size() > 0) {
            fileSystem.files().truncate(file, 0);
          }
          return channel;
        });
  }

  private static Ext2Inode file(ImagePath path, OpenMode mode, int permissions) throws IOException {
    ImageFileSystem fileSystem = path.getFileSystem();
    Resolver.Place place = fileSystem.resolver().place(path, mode.follow() && !mode.createNew());
    Ext2Inode file = place.file();
    if (file != null && mode.createNew()) {
      throw new FileAlreadyExistsException(path.toString());
    }
    if (file == null && !mode.create() && !mode.createNew()) {
      throw new NoSuchFileException(path.toString());
    }
    return file != null
        ? file
        : fileSystem.files().create(place.directory(), place.name(), permissions, 0, 0);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path dir, DirectoryStream.Filter<? super Path> filter) throws IOException {
    ImagePath own = ImagePath.of(dir);
    ImageFileSystem fileSystem = own.getFileSystem();
    return fileSystem.call(
        own,
        () -> {
          Ext2Inode file = fileSystem.resolver().file(own, true);
          if (!file.isDirectory()) {
            throw new NotDirectoryException(dir.toString());
          }
          return new ImageDirectoryStream(own, file, filter);
        });
  }

  @Override
  public void createDirectory(Path dir, FileAttribute<?>... attributes) throws IOException {
    int mode = mode(NEW_DIRECTORY, attributes);
    make(dir, (files, place) -> files.mkdir(place.directory(), place.name(), mode, 0, 0));
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
      throws IOException {
    if (attributes.length > 0) {
      throw new UnsupportedOperationException(attributes[0].name());
    }
    byte[] text = Names.encode(ImagePath.of(target).toString());
    make(link, (files, place) -> files.symlink(place.directory(), place.name(), text, 0, 0));
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    ImagePath own = ImagePath.of(existing);
    ImageFileSystem fileSystem = own.getFileSystem();
    if (!fileSystem.equals(ImagePath.of(link).getFileSystem())) {
      throw new FileSystemException(link.toString(), existing.toString(), "another image");
    }
    Ext2Inode file = fileSystem.call(own, () -> fileSystem.resolver().file(own, true));
    make(
        link,
        (files, place) -> {
          files.link(place.directory(), place.name(), file);
          return file;
        });
  }

  /** Makes something at a place where nothing is. */
  private interface Maker {
    Ext2Inode make(Ext2FileSystem files, Resolver.Place place) throws IOException;
  }

  private static void make(Path path, Maker maker) throws IOException {
    ImagePath own = ImagePath.of(path);
    ImageFileSystem fileSystem = own.getFileSystem();
    fileSystem.call(
        own,
        () -> {
          Resolver.Place place = fileSystem.resolver().place(own, false);
          if (place.file() != null) {
            throw new FileAlreadyExistsException(path.toString());
          }
          return maker.make(fileSystem.files(), place);
        });
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    ImagePath own = ImagePath.of(link);
    ImageFileSystem fileSystem = own.getFileSystem();
    return fileSystem.call(
        own,
        () -> {
          Ext2Inode file = fileSystem.resolver().file(own, false);
          if (file.type() != FileType.SYMLINK) {
            throw new NotLinkException(link.toString());
          }
          return fileSystem.getPath(Names.decode(fileSystem.files().readlink(file)));
        });
  }

  @Override
  public void delete(Path path) throws IOException {
    ImagePath own = ImagePath.of(path);
    ImageFileSystem fileSystem = own.getFileSystem();
    fileSystem.<@Nullable Void>call(
        own,
        () -> {
          Transfer.remove(fileSystem.files(), fileSystem.resolver().resolve(own, false));
          return null;
        });
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    new Transfer(ImagePath.of(source), ImagePath.of(target), options).copy();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    new Transfer(ImagePath.of(source), ImagePath.of(target), options).move();
  }

  @Override
  public boolean isSameFile(Path first, Path second) throws IOException {
    if (first.equals(second)) {
      return true;
    }
    if (!(second instanceof ImagePath other)
        || !other.getFileSystem().equals(first.getFileSystem())) {
      return false;
    }
    return stat(ImagePath.of(first), true).stat().inode() == stat(other, true).stat().inode();
  }

  @Override
  public boolean isHidden(Path path) {
    Path name = path.getFileName();
    return name != null && name.toString().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    stat(ImagePath.of(path), true);
    return new ImageFileStore(ImagePath.of(path).getFileSystem());
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    ImagePath own = ImagePath.of(path);
    Views.Attributes attributes = stat(own, true);
    for (AccessMode mode : modes) {
      boolean allowed =
          switch (mode) {
            case READ -> true;
            case WRITE -> !own.getFileSystem().isReadOnly();
            case EXECUTE ->
                attributes.isDirectory() || (attributes.stat().mode() & EXECUTABLE) != 0;
          };
      if (!allowed) {
        throw new AccessDeniedException(path.toString());
      }
    }
  }

  // Attributes

  private static Views.Attributes stat(ImagePath path, boolean follow) throws IOException {
    return new Views.Posix("posix", path, follow).readAttributes();
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    ImagePath own = ImagePath.of(path);
    if (type == UserDefinedFileAttributeView.class) {
      return type.cast(new UserView(own, follows(options)));
    }
    String name =
        type == BasicFileAttributeView.class
            ? "basic"
            : type == FileOwnerAttributeView.class
                ? "owner"
                : type == PosixFileAttributeView.class ? "posix" : "";
    return name.isEmpty() ? null : type.cast(new Views.Posix(name, own, follows(options)));
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class && type != PosixFileAttributes.class) {
      throw new UnsupportedOperationException(type.getName());
    }
    return type.cast(stat(ImagePath.of(path), follows(options)));
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return AttributeNames.read(
        new Views.Posix("posix", ImagePath.of(path), follows(options)), names);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    AttributeNames.set(new Views.Posix("posix", ImagePath.of(path), follows(options)), name, value);
  }
}
