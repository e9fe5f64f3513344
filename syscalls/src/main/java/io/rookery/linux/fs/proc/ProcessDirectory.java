package io.rookery.linux.fs.proc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.fs.synthetic.SyntheticFileSystem;
import io.rookery.linux.fs.synthetic.SyntheticInode;
import io.rookery.linux.fs.synthetic.SyntheticLink;
import io.rookery.linux.fs.synthetic.SyntheticText;
import io.rookery.linux.kernel.ProcessInode;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** /proc/PID, or /proc/PID/task/TID when it is about one thread. */
final class ProcessDirectory extends SyntheticInode implements ProcessInode {
  /** Makes the content of a file; the thread is the one of the directory. */
  interface Content {
    byte[] of(ThreadGroup process, Task subject, Task reader);
  }

  private interface Place {
    @Nullable VfsPath of(Task subject);
  }

  private interface Maker {
    SyntheticInode make(ProcessDirectory directory, long ino);
  }

  private record Row(int type, Maker maker) {}

  private static final Map<Name, Row> ROWS = new LinkedHashMap<>();
  private static final int DIRECTORY_TYPE = FileMode.directoryType(FileMode.S_IFDIR);
  private static final int REGULAR_TYPE = FileMode.directoryType(FileMode.S_IFREG);
  private static final int LINK_TYPE = FileMode.directoryType(FileMode.S_IFLNK);

  static {
    ROWS.put(Name.of("task"), new Row(DIRECTORY_TYPE, TaskList::new));
    ROWS.put(Name.of("fd"), new Row(DIRECTORY_TYPE, (d, ino) -> new Descriptors(d, ino, false)));
    ROWS.put(Name.of("fdinfo"), new Row(DIRECTORY_TYPE, (d, ino) -> new Descriptors(d, ino, true)));
    ROWS.put(Name.of("ns"), new Row(DIRECTORY_TYPE, Namespaces::new));
    ROWS.put(Name.of("net"), new Row(DIRECTORY_TYPE, NetworkFiles::new));
    text("stat", 0444, ProcessTexts.STAT_CONTENT);
    text("statm", 0444, (p, t, r) -> ProcessTexts.statm(t));
    text("status", 0444, (p, t, r) -> ProcessTexts.status(p, t));
    text("cmdline", 0444, (p, t, r) -> ProcessTexts.arguments(t));
    text("environ", 0400, (p, t, r) -> ProcessTexts.environment(t));
    text("auxv", 0400, (p, t, r) -> t.mm().info().auxv());
    text("maps", 0444, (p, t, r) -> MemoryTexts.maps(t, r));
    text("smaps", 0444, (p, t, r) -> MemoryTexts.smaps(t, r));
    text("limits", 0444, (p, t, r) -> ProcessTexts.limits(p));
    text("mounts", 0444, (p, t, r) -> MountTexts.mounts(t));
    text("mountinfo", 0444, (p, t, r) -> MountTexts.mountInfo(t));
    text("cgroup", 0444, (p, t, r) -> ProcessTexts.ascii("0::/\n"));
    text("io", 0400, (p, t, r) -> ProcessTexts.io());
    text("loginuid", 0444, (p, t, r) -> ProcessTexts.ascii("4294967295"));
    text("sessionid", 0444, (p, t, r) -> ProcessTexts.ascii("4294967295"));
    text("oom_score", 0444, (p, t, r) -> ProcessTexts.ascii("0\n"));
    text("personality", 0400, (p, t, r) -> ProcessTexts.personality(t));
    text("wchan", 0444, (p, t, r) -> ProcessTexts.ascii("0"));
    text("uid_map", 0444, (p, t, r) -> ProcessTexts.idMap());
    text("gid_map", 0444, (p, t, r) -> ProcessTexts.idMap());
    text("setgroups", 0444, (p, t, r) -> ProcessTexts.ascii("allow\n"));
    ROWS.put(Name.of("comm"), new Row(REGULAR_TYPE, CommFile::new));
    ROWS.put(Name.of("oom_score_adj"), new Row(REGULAR_TYPE, OomFile::new));
    place("exe", ProcessDirectory::executable);
    place("cwd", t -> t.fs().cwd());
    place("root", t -> t.fs().root());
  }

  private static void text(String name, int permissions, Content content) {
    ROWS.put(
        Name.of(name),
        new Row(REGULAR_TYPE, (d, ino) -> new TextFile(d, ino, permissions, content)));
  }

  private static void place(String name, Place place) {
    ROWS.put(Name.of(name), new Row(LINK_TYPE, (d, ino) -> new PlaceLink(d, ino, place)));
  }

  private static @Nullable VfsPath executable(Task t) {
    FileDescription d = t.mm().executable();
    return d == null ? null : d.path();
  }

  private final ThreadGroup process;
  private final @Nullable Task thread;

  ProcessDirectory(SyntheticFileSystem fs, ThreadGroup process, @Nullable Task thread) {
    super(
        fs,
        inoOf(thread == null ? process.pid() : thread.tid(), thread == null ? 0 : 1),
        FileMode.S_IFDIR | 0555);
    this.process = process;
    this.thread = thread;
  }

  /** Numbers of process files: apart from each other and from all fixed files. */
  static long inoOf(int id, int file) {
    return (long) id << 24 | file | 1L << 23;
  }

  @Override
  public ThreadGroup process() {
    return process;
  }

  /** The thread that the files tell about; ESRCH when it has ended. */
  Task subject() {
    Task t = subjectOrNull();
    if (t == null) {
      throw Errno.ESRCH.exception();
    }
    return t;
  }

  @Nullable Task subjectOrNull() {
    return thread != null ? thread : process.mainTask();
  }

  boolean exists() {
    ThreadGroup now = process.kernel().pids().process(process.pid());
    return now == process
        && (thread == null || process.kernel().pids().task(thread.tid()) == thread);
  }

  @Override
  protected int uid() {
    return process.credentials().euid();
  }

  @Override
  protected int gid() {
    return process.credentials().egid();
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    Row row = ROWS.get(name);
    if (row == null || (thread != null && name.equals(Name.of("task")))) {
      return null;
    }
    return row.maker().make(this, ino() + 2 + (name.hashCode() & 0xffff));
  }

  @Override
  public boolean stillValid(Name name, Inode child, boolean certain) {
    return exists();
  }

  @Override
  public List<DirEntry> list() {
    if (!exists()) {
      throw Errno.ENOENT.exception();
    }
    List<DirEntry> all = new ArrayList<>();
    ROWS.forEach(
        (n, row) -> {
          if (thread == null || !n.equals(Name.of("task"))) {
            all.add(new DirEntry(n, ino() + 2 + (n.hashCode() & 0xffff), row.type()));
          }
        });
    return all;
  }

  private static class TextFile extends SyntheticText {
    final ProcessDirectory directory;
    private final Content content;

    TextFile(ProcessDirectory directory, long ino, int permissions, Content content) {
      super(directory.fileSystem(), ino, permissions);
      this.directory = directory;
      this.content = content;
    }

    @Override
    protected int uid() {
      return directory.uid();
    }

    @Override
    protected int gid() {
      return directory.gid();
    }

    @Override
    protected byte[] content(Task reader) {
      Task subject = directory.subjectOrNull();
      if (subject == null) {
        return ProcessTexts.ofZombie(directory.process, content);
      }
      return content.of(directory.process, subject, reader);
    }
  }

  private static final class CommFile extends TextFile {
    CommFile(ProcessDirectory directory, long ino) {
      super(directory, ino, 0644, (p, t, r) -> ProcessTexts.comm(t.comm()));
    }

    @Override
    protected void write(Task task, byte[] data) {
      if (task.process() != directory.process) {
        throw Errno.EINVAL.exception();
      }
      int n = 0;
      while (n < data.length && n < 15 && data[n] != 0 && data[n] != '\n') {
        n++;
      }
      directory.subject().setComm(java.util.Arrays.copyOf(data, n));
    }
  }

  /** Accepted and shown; which process dies when memory ends is not decided by it. */
  private static final class OomFile extends TextFile {
    OomFile(ProcessDirectory directory, long ino) {
      super(directory, ino, 0644, (p, t, r) -> ProcessTexts.ascii("0\n"));
    }

    @Override
    protected void write(Task task, byte[] data) {
      String text = new String(data, java.nio.charset.StandardCharsets.US_ASCII).strip();
      try {
        int value = Integer.parseInt(text);
        if (value >= -1000 && value <= 1000) {
          return;
        }
      } catch (NumberFormatException e) {
        throw Errno.EINVAL.exception();
      }
      throw Errno.EINVAL.exception();
    }
  }

  private static final class PlaceLink extends SyntheticLink {
    private final ProcessDirectory directory;
    private final Place place;

    PlaceLink(ProcessDirectory directory, long ino, Place place) {
      super(directory.fileSystem(), ino);
      this.directory = directory;
      this.place = place;
    }

    @Override
    protected int uid() {
      return directory.uid();
    }

    @Override
    protected int gid() {
      return directory.gid();
    }

    @Override
    public VfsPath jump(Task task) {
      Task subject = directory.subjectOrNull();
      VfsPath p = subject == null ? null : place.of(subject);
      if (p == null) {
        throw Errno.ENOENT.exception();
      }
      return p;
    }

    @Override
    public byte[] readLink(Task task) {
      return Vfs.pathOf(jump(task), task.fs().root());
    }
  }

  private static final class TaskList extends SyntheticInode {
    private final ProcessDirectory directory;

    TaskList(ProcessDirectory directory, long ino) {
      super(directory.fileSystem(), ino, FileMode.S_IFDIR | 0555);
      this.directory = directory;
    }

    @Override
    public @Nullable Inode lookup(Name name) {
      int tid = ProcFileSystem.pidOf(name);
      for (Task t : directory.process.tasks()) {
        if (t.tid() == tid) {
          return new ProcessDirectory(fileSystem(), directory.process, t);
        }
      }
      return null;
    }

    @Override
    public boolean stillValid(Name name, Inode child, boolean certain) {
      return child instanceof ProcessDirectory d && d.exists();
    }

    @Override
    protected long links() {
      return 2L + directory.process.tasks().size();
    }

    @Override
    public List<DirEntry> list() {
      List<DirEntry> all = new ArrayList<>();
      for (Task t : directory.process.tasks()) {
        all.add(
            new DirEntry(Name.of(Integer.toString(t.tid())), inoOf(t.tid(), 1), DIRECTORY_TYPE));
      }
      return all;
    }
  }

  private static final class Namespaces extends SyntheticDirectory {
    Namespaces(ProcessDirectory directory, long ino) {
      super(directory.fileSystem(), ino, 0511);
      String[] kinds = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
      for (int i = 0; i < kinds.length; i++) {
        link(kinds[i], kinds[i] + ":[" + (4026531832L + i) + "]");
      }
    }
  }
}
