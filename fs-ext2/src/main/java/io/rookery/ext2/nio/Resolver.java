package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds files by path, through symbolic links, which never lead out of the image. */
final class Resolver {
  private static final int MAX_LINKS = 40;

  /**
   * A place in a directory.
   *
   * @param parents the directory, behind those above it from the root on
   * @param realNames the names of these directories, and the place's own last; empty for the root
   * @param file what is there, null if nothing is
   */
  record Place(List<Ext2Inode> parents, List<String> realNames, @Nullable Ext2Inode file) {
    Ext2Inode directory() {
      return parents.getLast();
    }

    byte[] name() {
      return Names.encode(realNames.getLast());
    }

    boolean isRoot() {
      return realNames.isEmpty();
    }
  }

  private final Ext2FileSystem files;

  Resolver(Ext2FileSystem files) {
    this.files = files;
  }

  /** The existing file at a path. */
  Place resolve(ImagePath path, boolean followLast) throws IOException {
    Place place = place(path, followLast);
    if (place.file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return place;
  }

  Ext2Inode file(ImagePath path, boolean followLast) throws IOException {
    Ext2Inode file = place(path, followLast).file;
    if (file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return file;
  }

  /** Where a path leads, whose last name need not exist. */
  Place place(ImagePath path, boolean followLast) throws IOException {
    Deque<String> left = new ArrayDeque<>(path.toAbsolutePath().names());
    List<Ext2Inode> parents = new ArrayList<>(List.of(files.root()));
    List<String> names = new ArrayList<>();
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.removeFirst();
      if (name.equals(".") || name.isEmpty()) {
        continue;
      }
      if (name.equals("..")) {
        if (!names.isEmpty()) {
          names.removeLast();
          parents.removeLast();
        }
        continue;
      }
      Ext2Inode directory = parents.getLast();
      Ext2Inode file = files.lookup(directory, Names.encode(name));
      boolean last = left.isEmpty();
      if (file != null && file.type() == FileType.SYMLINK && (!last || followLast)) {
        if (++links > MAX_LINKS) {
          throw new FileSystemLoopException(path.toString());
        }
        String target = Names.decode(files.readlink(file));
        if (target.startsWith("/")) {
          parents.subList(1, parents.size()).clear();
          names.clear();
        }
        String[] parts = target.split("/", -1);
        for (int i = parts.length - 1; i >= 0; i--) {
          left.addFirst(parts[i]);
        }
        continue;
      }
      if (last) {
        names.add(name);
        return new Place(parents, names, file);
      }
      if (file == null) {
        throw new NoSuchFileException(path.toString());
      }
      if (!file.isDirectory()) {
        throw new Ext2Exception(Ext2Exception.Reason.ENOTDIR, path.toString());
      }
      names.add(name);
      parents.add(file);
    }
    if (names.isEmpty()) {
      return new Place(parents, names, files.root());
    }
    Ext2Inode file = parents.removeLast();
    return new Place(parents, names, file);
  }
}
