package io.rookery.benchmarks.disks;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A volume that the host has mounted. */
record MountedTree(Path folder, Unmount unmount) implements Tree {
  /** Ends the mount. */
  interface Unmount {
    void run() throws IOException;
  }

  private record OpenFile(FileChannel channel) implements Handle {
    @Override
    public void read(long position, ByteBuffer target) throws IOException {
      if (channel.read(target, position) < 0) {
        throw new EOFException();
      }
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      channel.write(source, position);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Override
  public void mkdir(String path) throws IOException {
    Files.createDirectory(folder.resolve(path));
  }

  @Override
  public Handle open(String path) throws IOException {
    return new OpenFile(
        FileChannel.open(
            folder.resolve(path),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public long stat(String path) throws IOException {
    return Files.size(folder.resolve(path));
  }

  @Override
  public void delete(String path) throws IOException {
    Files.delete(folder.resolve(path));
  }

  @Override
  public void close() throws IOException {
    unmount.run();
  }
}
