package io.rookery.linux.tty;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.fs.synthetic.SyntheticFileSystem;
import io.rookery.linux.fs.synthetic.SyntheticInode;
import io.rookery.linux.kernel.ControllingTerminal;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Timespec;
import io.rookery.linux.vfs.VfsPath;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The pseudo terminals of a VM: /dev/ptmx, /dev/pts, /dev/tty and their drivers. Thread-safe. */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class Ptys {
  private static final long DEVPTS_SUPER_MAGIC = 0x1cd1;
  private static final int MAX = 4096;
  private static final int TTY_GROUP = 5;

  private final Kernel kernel;
  private final NavigableMap<Integer, SlaveInode> slaves = new TreeMap<>(); // guarded by itself
  private final SyntheticFileSystem fileSystem;

  private Ptys(Kernel kernel) {
    this.kernel = kernel;
    fileSystem =
        new SyntheticFileSystem(kernel.vfs(), "devpts", DEVPTS_SUPER_MAGIC, Directory::new);
    var devices = kernel.vfs().devices();
    devices.register(5, 2, this::openMaster);
    devices.register(5, 0, Ptys::openControlling);
    devices.register(5, 1, Ptys::openControlling);
    devices.registerMajor(Tty.MAJOR, this::openSlave);
  }

  /** The pseudo terminals of a kernel, made on first use. */
  public static Ptys of(Kernel kernel) {
    return kernel.vfs().singleton(Ptys.class, () -> new Ptys(kernel));
  }

  /** The file system for /dev/pts. */
  public FileSystem fileSystem() {
    return fileSystem;
  }

  /** Makes a terminal with the lowest free number; ENOSPC when there are too many. */
  Tty allocate(int uid, int gid) {
    synchronized (slaves) {
      int index = 0;
      while (slaves.containsKey(index)) {
        index++;
      }
      if (index >= MAX) {
        throw Errno.ENOSPC.exception();
      }
      Tty tty = new Tty(kernel, index);
      slaves.put(index, new SlaveInode(fileSystem, tty, uid, gid));
      return tty;
    }
  }

  void remove(Tty tty) {
    synchronized (slaves) {
      SlaveInode i = slaves.get(tty.index());
      if (i != null && i.tty == tty) {
        slaves.remove(tty.index());
      }
    }
  }

  private @Nullable SlaveInode find(int index) {
    synchronized (slaves) {
      return slaves.get(index);
    }
  }

  private FileDescription openMaster(VfsPath path, int flags, Task task) {
    Tty tty = allocate(task.credentials().fsuid(), TTY_GROUP);
    return new PtyMaster(this, tty, path, flags & ~OpenFlags.O_NOCTTY);
  }

  private static FileDescription openControlling(VfsPath path, int flags, Task task) {
    ControllingTerminal t = task.process().session().terminal();
    if (!(t instanceof Tty tty)) {
      throw Errno.ENXIO.exception();
    }
    return TtyFile.open(tty, path, flags | OpenFlags.O_NOCTTY, task);
  }

  private FileDescription openSlave(VfsPath path, int flags, Task task) {
    SlaveInode i = find(FileMode.minor(path.inode().stat().rdev()));
    if (i == null) {
      throw Errno.EIO.exception();
    }
    return TtyFile.open(i.tty, path, flags, task);
  }

  /** TIOCGPTPEER: opens the slave without a walk to /dev/pts. */
  long openPeer(Task task, Tty tty, VfsPath master, int flags) {
    SlaveInode i = find(tty.index());
    if (i == null || i.tty != tty) {
      throw Errno.EIO.exception();
    }
    VfsPath place = slavePlace(task.fs().namespace(), tty.index());
    VfsPath path = place != null ? place : master;
    TtyFile f = TtyFile.open(tty, path, flags, task);
    f.retain();
    try {
      return task.files().install(f, (flags & OpenFlags.O_CLOEXEC) != 0);
    } finally {
      f.release();
    }
  }

  /** /dev/pts/N in a namespace, or null where devpts is not mounted. */
  @Nullable VfsPath slavePlace(MountNamespace namespace, int index) {
    for (var m : namespace.mounts()) {
      if (m.fileSystem() == fileSystem) {
        return kernel.vfs().child(namespace, m.rootPath(), Name.of(Integer.toString(index)));
      }
    }
    return null;
  }

  private final class Directory extends SyntheticDirectory {
    Directory(SyntheticFileSystem fs) {
      super(fs);
      add("ptmx", new MasterInode(fs));
    }

    @Override
    public @Nullable Inode lookup(Name name) {
      Inode fixed = super.lookup(name);
      return fixed != null ? fixed : find(indexOf(name));
    }

    private static int indexOf(Name name) {
      String text = name.toString();
      return text.matches("0|[1-9][0-9]{0,4}") ? Integer.parseInt(text) : -1;
    }

    @Override
    public boolean stillValid(Name name, Inode child, boolean certain) {
      return lookup(name) == child;
    }

    @Override
    public List<DirEntry> list() {
      List<DirEntry> all = new ArrayList<>(super.list());
      synchronized (slaves) {
        slaves.forEach(
            (n, i) ->
                all.add(
                    new DirEntry(
                        Name.of(Integer.toString(n)),
                        i.ino(),
                        FileMode.directoryType(FileMode.S_IFCHR))));
      }
      return all;
    }
  }

  private static final class MasterInode extends SyntheticInode {
    MasterInode(SyntheticFileSystem fs) {
      super(fs, fs.newIno(), FileMode.S_IFCHR | 0666);
    }

    @Override
    public Stat stat() {
      return withDevice(super.stat(), FileMode.device(5, 2));
    }
  }

  private static final class SlaveInode extends SyntheticInode {
    private final Tty tty;
    private volatile int permissions = 0620;
    private volatile int uid;
    private volatile int gid;
    private volatile @Nullable Timespec changed;

    SlaveInode(SyntheticFileSystem fs, Tty tty, int uid, int gid) {
      super(fs, tty.index() + 3L, FileMode.S_IFCHR);
      this.tty = tty;
      this.uid = uid;
      this.gid = gid;
    }

    @Override
    public int mode() {
      return FileMode.S_IFCHR | permissions;
    }

    @Override
    protected int uid() {
      return uid;
    }

    @Override
    protected int gid() {
      return gid;
    }

    @Override
    public Stat stat() {
      return withDevice(super.stat(), tty.device());
    }

    @Override
    public void setAttributes(AttributeChange c) {
      if (c.mode() != null) {
        permissions = c.mode();
      }
      if (c.uid() != null) {
        uid = c.uid();
      }
      if (c.gid() != null) {
        gid = c.gid();
      }
      changed = fileSystem().vfs().now();
    }

    @Override
    public String toString() {
      return "pts " + tty.index() + ", changed " + changed;
    }
  }

  private static Stat withDevice(Stat s, long rdev) {
    return new Stat(
        s.dev(), s.ino(), s.mode(), s.nlink(), s.uid(), s.gid(), rdev, 0, 1024, 0, s.atime(),
        s.mtime(), s.ctime(), s.btime());
  }
}
