package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import io.rookery.ext2.RenameMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.Set;

/** Copies and moves, within an image and between two. */
final class Transfer {
  private static final int CHUNK = 1 << 18;
  private static final int PERMISSIONS = 07777;

  private final ImagePath source;
  private final ImagePath target;
  private final boolean replace;
  private final boolean attributes;
  private final boolean atomic;
  private final boolean follow;

  Transfer(ImagePath source, ImagePath target, CopyOption... options) {
    Set<CopyOption> set = Set.of(options);
    this.source = source;
    this.target = target;
    this.replace = set.contains(StandardCopyOption.REPLACE_EXISTING);
    this.attributes = set.contains(StandardCopyOption.COPY_ATTRIBUTES);
    this.atomic = set.contains(StandardCopyOption.ATOMIC_MOVE);
    this.follow = !set.contains(LinkOption.NOFOLLOW_LINKS);
  }

  void copy() throws IOException {
    if (atomic) {
      throw new UnsupportedOperationException("a copy is not atomic");
    }
    ImageFileSystem from = source.getFileSystem();
    ImageFileSystem to = target.getFileSystem();
    Ext2Inode file = from.call(source, () -> from.resolver().file(source, follow));
    to.call(
        target,
        () -> {
          Resolver.Place place = to.resolver().place(target, false);
          Ext2Inode existing = place.file();
          if (existing != null && isSame(file, existing)) {
            return 0;
          }
          if (existing != null) {
            clear(to, place);
          }
          make(from.files(), file, to.files(), place);
          return 0;
        });
  }

  private boolean isSame(Ext2Inode a, Ext2Inode b) {
    return source.getFileSystem().equals(target.getFileSystem()) && a.number() == b.number();
  }

  private void clear(ImageFileSystem to, Resolver.Place place) throws IOException {
    if (!replace) {
      throw new FileAlreadyExistsException(target.toString());
    }
    remove(to.files(), place);
  }

  /** Removes what is at a place. */
  static void remove(Ext2FileSystem files, Resolver.Place place) throws IOException {
    Ext2Inode file = Objects.requireNonNull(place.file());
    if (place.isRoot()) {
      throw new Ext2Exception(Ext2Exception.Reason.EBUSY, "the root");
    }
    if (file.isDirectory()) {
      files.rmdir(place.directory(), place.name());
    } else {
      files.unlink(place.directory(), place.name());
    }
  }

  private void make(Ext2FileSystem from, Ext2Inode file, Ext2FileSystem to, Resolver.Place place)
      throws IOException {
    var stat = file.attributes();
    int mode = stat.mode() & PERMISSIONS;
    Ext2Inode dir = place.directory();
    byte[] name = place.name();
    Ext2Inode made =
        switch (file.type()) {
          case REGULAR -> to.create(dir, name, mode, stat.uid(), stat.gid());
          case DIRECTORY -> to.mkdir(dir, name, mode, stat.uid(), stat.gid());
          case SYMLINK -> to.symlink(dir, name, from.readlink(file), stat.uid(), stat.gid());
          case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET ->
              to.mknod(dir, name, stat.mode(), stat.rdev(), stat.uid(), stat.gid());
          case UNKNOWN -> throw new Ext2Exception(Ext2Exception.Reason.EINVAL, file.toString());
        };
    if (file.type() == FileType.REGULAR) {
      contents(from, file, to, made);
    }
    if (attributes) {
      to.setTimes(made, stat.accessTime(), stat.modifyTime());
    }
  }

  /** Copies what is data; holes stay holes. */
  private static void contents(
      Ext2FileSystem from, Ext2Inode file, Ext2FileSystem to, Ext2Inode made) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    long size = file.size();
    long at = 0;
    while (at < size) {
      try {
        at = from.seekData(file, at);
      } catch (Ext2Exception e) {
        if (e.reason() == Ext2Exception.Reason.ENXIO) {
          break;
        }
        throw e;
      }
      long end = from.seekHole(file, at);
      while (at < end) {
        buffer.clear().limit((int) Math.min(CHUNK, end - at));
        if (from.read(file, at, buffer) <= 0) {
          break;
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
          at += to.write(made, at, buffer);
        }
      }
    }
    if (made.size() < size) {
      to.truncate(made, size);
    }
  }

  void move() throws IOException {
    ImageFileSystem from = source.getFileSystem();
    ImageFileSystem to = target.getFileSystem();
    if (!from.equals(to)) {
      moveAcross(from);
      return;
    }
    from.call(
        source,
        () -> {
          Resolver.Place old = from.resolver().resolve(source, false);
          Resolver.Place place = from.resolver().place(target, false);
          Ext2Inode existing = place.file();
          Ext2Inode file = Objects.requireNonNull(old.file());
          if (existing != null && isSame(file, existing)) {
            return 0;
          }
          if (existing != null && !replace && !atomic) {
            throw new FileAlreadyExistsException(target.toString());
          }
          if (existing != null && existing.isDirectory() != file.isDirectory()) {
            remove(from.files(), place);
          }
          from.files()
              .rename(
                  old.directory(), old.name(), place.directory(), place.name(), RenameMode.REPLACE);
          return 0;
        });
  }

  private void moveAcross(ImageFileSystem from) throws IOException {
    if (atomic) {
      throw new AtomicMoveNotSupportedException(
          source.toString(), target.toString(), "another image");
    }
    Resolver.Place old = from.call(source, () -> from.resolver().resolve(source, false));
    Ext2Inode file = Objects.requireNonNull(old.file());
    if (file.isDirectory() && !from.call(source, () -> isEmpty(from.files(), file))) {
      throw new DirectoryNotEmptyException(source.toString());
    }
    CopyOption[] options =
        replace
            ? new CopyOption[] {
              LinkOption.NOFOLLOW_LINKS,
              StandardCopyOption.COPY_ATTRIBUTES,
              StandardCopyOption.REPLACE_EXISTING
            }
            : new CopyOption[] {LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES};
    new Transfer(source, target, options).copy();
    from.call(
        source,
        () -> {
          remove(from.files(), old);
          return 0;
        });
  }

  private static boolean isEmpty(Ext2FileSystem files, Ext2Inode dir) throws IOException {
    int[] others = new int[1];
    files.list(
        dir,
        0,
        (name, inode, type, next) -> {
          String text = Names.decode(name);
          others[0] += text.equals(".") || text.equals("..") ? 0 : 1;
          return others[0] == 0;
        });
    return others[0] == 0;
  }
}
