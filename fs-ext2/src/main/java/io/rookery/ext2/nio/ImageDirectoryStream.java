package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Inode;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A directory's entries, read some at a time. */
final class ImageDirectoryStream implements DirectoryStream<Path> {
  private static final int BATCH = 256;

  private final ImagePath path;
  private final Ext2Inode dir;
  private final Filter<? super Path> filter;
  private boolean iterated;
  private volatile boolean closed;

  ImageDirectoryStream(ImagePath path, Ext2Inode dir, Filter<? super Path> filter) {
    this.path = path;
    this.dir = dir;
    this.filter = filter;
  }

  @Override
  public synchronized Iterator<Path> iterator() {
    if (iterated || closed) {
      throw new IllegalStateException(closed ? "closed" : "iterated already");
    }
    iterated = true;
    return new Entries();
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class Entries implements Iterator<Path> {
    private final Queue<Path> next = new ArrayDeque<>();
    private long cookie;
    private boolean atEnd;

    @Override
    public boolean hasNext() {
      try {
        while (next.isEmpty() && !atEnd && !closed) {
          fill();
        }
      } catch (IOException e) {
        throw new DirectoryIteratorException(e);
      }
      return !next.isEmpty();
    }

    @Override
    public Path next() {
      @Nullable Path found = hasNext() ? next.poll() : null;
      if (found == null) {
        throw new NoSuchElementException();
      }
      return found;
    }

    private void fill() throws IOException {
      ImageFileSystem fileSystem = path.getFileSystem();
      Queue<String> names = new ArrayDeque<>();
      long before = cookie;
      int[] taken = new int[1];
      cookie =
          fileSystem.call(
              path,
              () ->
                  fileSystem
                      .files()
                      .list(
                          dir,
                          before,
                          (name, inode, type, after) -> {
                            if (taken[0] == BATCH) {
                              return false;
                            }
                            taken[0]++;
                            names.add(Names.decode(name));
                            return true;
                          }));
      atEnd = cookie == before;
      for (String name : names) {
        if (!name.equals(".") && !name.equals("..")) {
          ImagePath entry = path.resolve(new ImagePath(fileSystem, false, List.of(name)));
          if (filter.accept(entry)) {
            next.add(entry);
          }
        }
      }
    }
  }
}
