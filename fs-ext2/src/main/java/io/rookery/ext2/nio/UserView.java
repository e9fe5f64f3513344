package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The extended attributes whose names begin with {@code user.}. */
record UserView(ImagePath path, boolean follow) implements UserDefinedFileAttributeView {
  private static final String PREFIX = "user.";

  private ImageFileSystem fileSystem() {
    return path.getFileSystem();
  }

  private Ext2FileSystem files() {
    return fileSystem().files();
  }

  private Ext2Inode file() throws IOException {
    return fileSystem().resolver().file(path, follow);
  }

  @Override
  public String name() {
    return "user";
  }

  @Override
  public List<String> list() throws IOException {
    return fileSystem()
        .call(
            path,
            () -> {
              List<String> names = new ArrayList<>();
              for (byte[] bytes : files().listXattr(file())) {
                String name = Names.decode(bytes);
                if (name.startsWith(PREFIX)) {
                  names.add(name.substring(PREFIX.length()));
                }
              }
              return names;
            });
  }

  private byte[] value(String name) throws IOException {
    return fileSystem()
        .call(
            path,
            () -> {
              byte[] value = files().getXattr(file(), Names.encode(PREFIX + name));
              if (value == null) {
                throw new NoSuchFileException(path.toString(), null, "no attribute " + name);
              }
              return value;
            });
  }

  @Override
  public int size(String name) throws IOException {
    return value(name).length;
  }

  @Override
  public int read(String name, ByteBuffer dst) throws IOException {
    byte[] value = value(name);
    if (value.length > dst.remaining()) {
      throw new IOException(
          "%d bytes of %s into %d".formatted(value.length, name, dst.remaining()));
    }
    dst.put(value);
    return value.length;
  }

  @Override
  public int write(String name, ByteBuffer src) throws IOException {
    byte[] value = new byte[src.remaining()];
    src.get(value);
    fileSystem()
        .<@Nullable Void>call(
            path,
            () -> {
              files().setXattr(file(), Names.encode(PREFIX + name), value, XattrMode.SET);
              return null;
            });
    return value.length;
  }

  @Override
  public void delete(String name) throws IOException {
    fileSystem()
        .<@Nullable Void>call(
            path,
            () -> {
              files().removeXattr(file(), Names.encode(PREFIX + name));
              return null;
            });
  }
}
