package io.rookery.linux.fs.proc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.synthetic.SyntheticInode;
import io.rookery.linux.fs.synthetic.SyntheticLink;
import io.rookery.linux.fs.synthetic.SyntheticText;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** /proc/PID/fd and /proc/PID/fdinfo. */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
final class Descriptors extends SyntheticInode {
  private final ProcessDirectory directory;
  private final boolean info;

  Descriptors(ProcessDirectory directory, long ino, boolean info) {
    super(directory.fileSystem(), ino, FileMode.S_IFDIR | (info ? 0555 : 0500));
    this.directory = directory;
    this.info = info;
  }

  @Override
  protected int uid() {
    return directory.uid();
  }

  @Override
  protected int gid() {
    return directory.gid();
  }

  private static int fdOf(Name name) {
    return name.equals(Name.of("0")) ? 0 : ProcFileSystem.pidOf(name);
  }

  private @Nullable FileDescription description(int fd) {
    Task t = directory.subjectOrNull();
    return t == null ? null : t.files().find(fd);
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    int fd = fdOf(name);
    FileDescription d = fd < 0 ? null : description(fd);
    if (d == null) {
      return null;
    }
    long number = ino() + (((long) fd + 1) << 40);
    return info ? new DescriptorInfo(this, number, d) : new Link(this, number, d);
  }

  @Override
  public boolean stillValid(Name name, Inode child, boolean certain) {
    FileDescription d = description(fdOf(name));
    return d != null
        && ((child instanceof Link l && l.description == d)
            || (child instanceof DescriptorInfo i && i.description == d));
  }

  @Override
  public List<DirEntry> list() {
    List<DirEntry> all = new ArrayList<>();
    Task t = directory.subjectOrNull();
    if (t != null) {
      int type = FileMode.directoryType(info ? FileMode.S_IFREG : FileMode.S_IFLNK);
      for (int fd : t.files().descriptors()) {
        all.add(new DirEntry(Name.of(Integer.toString(fd)), ino() + (((long) fd + 1) << 40), type));
      }
    }
    return all;
  }

  private static final class Link extends SyntheticLink {
    private final Descriptors owner;
    private final FileDescription description;

    Link(Descriptors owner, long ino, FileDescription description) {
      super(owner.fileSystem(), ino);
      this.owner = owner;
      this.description = description;
    }

    @Override
    public int mode() {
      int r = description.readable() || description.pathOnly() ? 0500 : 0;
      int w = description.writable() ? 0300 : 0;
      return FileMode.S_IFLNK | r | w;
    }

    @Override
    protected int uid() {
      return owner.uid();
    }

    @Override
    protected int gid() {
      return owner.gid();
    }

    @Override
    public long size() {
      return 64;
    }

    @Override
    public VfsPath jump(Task task) {
      return fileSystem().vfs().placeOf(description);
    }

    @Override
    public byte[] readLink(Task task) {
      VfsPath p = description.path();
      return p == null
          ? description.label().getBytes(StandardCharsets.UTF_8)
          : Vfs.pathOf(p, task.fs().root());
    }
  }

  private static final class DescriptorInfo extends SyntheticText {
    private final FileDescription description;

    DescriptorInfo(Descriptors owner, long ino, FileDescription description) {
      super(owner.fileSystem(), ino, 0444);
      this.description = description;
    }

    @Override
    protected byte[] content(Task task) {
      long position = 0;
      if (description.seekable() && !description.pathOnly()) {
        position = description.seek(0, 1);
      }
      VfsPath p = description.path();
      String text =
          "pos:\t%d\nflags:\t0%o\nmnt_id:\t%d\nino:\t%d\n"
              .formatted(
                  position,
                  description.flags(),
                  p == null ? 0 : p.mount().id(),
                  description.inode().stat().ino());
      return (text + description.details()).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    protected void write(Task task, byte[] data) {
      throw Errno.EACCES.exception();
    }
  }
}
