package io.rookery.ext2.nio;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The volume as a store. */
final class ImageFileStore extends FileStore {
  private static final Set<Class<? extends FileAttributeView>> VIEWS =
      Set.of(
          BasicFileAttributeView.class,
          FileOwnerAttributeView.class,
          PosixFileAttributeView.class,
          UserDefinedFileAttributeView.class);

  private final ImageFileSystem fileSystem;

  ImageFileStore(ImageFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  @Override
  public String name() {
    String label = fileSystem.files().info().label();
    return label.isEmpty() ? fileSystem.files().info().uuid().toString() : label;
  }

  @Override
  public String type() {
    return fileSystem.files().info().features().contains("extent") ? "ext4" : "ext2";
  }

  @Override
  public boolean isReadOnly() {
    return fileSystem.isReadOnly();
  }

  @Override
  public long getBlockSize() throws IOException {
    return fileSystem.files().status().blockSize();
  }

  @Override
  public long getTotalSpace() throws IOException {
    return fileSystem.files().status().blocks() * getBlockSize();
  }

  @Override
  public long getUsableSpace() throws IOException {
    return fileSystem.files().status().availableBlocks() * getBlockSize();
  }

  @Override
  public long getUnallocatedSpace() throws IOException {
    return fileSystem.files().status().freeBlocks() * getBlockSize();
  }

  @Override
  public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
    return VIEWS.contains(type);
  }

  @Override
  public boolean supportsFileAttributeView(String name) {
    return ImageFileSystem.VIEWS.contains(name);
  }

  @Override
  public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
    return null;
  }

  @Override
  public Object getAttribute(String attribute) throws IOException {
    return switch (attribute) {
      case "totalSpace" -> getTotalSpace();
      case "usableSpace" -> getUsableSpace();
      case "unallocatedSpace" -> getUnallocatedSpace();
      default -> throw new UnsupportedOperationException(attribute);
    };
  }
}
