package io.rookery.linux.fs.proc;

import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.fs.synthetic.SyntheticFileSystem;
import io.rookery.linux.fs.synthetic.SyntheticLink;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the procfs of a kernel (proc(5)). */
public final class ProcFileSystem {
  private static final long PROC_SUPER_MAGIC = 0x9fa0;
  private static final int PID_DIGITS = 9;

  private ProcFileSystem() {}

  public static FileSystem create(Kernel kernel) {
    return new SyntheticFileSystem(
        kernel.vfs(), "proc", PROC_SUPER_MAGIC, fs -> new Root(fs, kernel));
  }

  /** The number in a name, or -1. */
  static int pidOf(Name name) {
    String text = name.toString();
    if (text.isEmpty() || text.length() > PID_DIGITS || text.startsWith("0")) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(text);
  }

  private static final class Root extends SyntheticDirectory {
    private final Kernel kernel;

    Root(SyntheticFileSystem fs, Kernel kernel) {
      super(fs);
      this.kernel = kernel;
      SystemFiles.addTo(this, kernel);
      Sysctl.addTo(directory("sys"), kernel);
      add("self", self(fs, false));
      add("thread-self", self(fs, true));
      link("mounts", "self/mounts");
      link("net", "self/net");
    }

    private static SyntheticLink self(SyntheticFileSystem fs, boolean thread) {
      return new SyntheticLink(fs, fs.newIno()) {
        @Override
        public byte[] readLink(Task task) {
          int pid = task.process().pid();
          String target = thread ? pid + "/task/" + task.tid() : Integer.toString(pid);
          return target.getBytes(StandardCharsets.US_ASCII);
        }
      };
    }

    @Override
    public @Nullable Inode lookup(Name name) {
      Inode fixed = super.lookup(name);
      int pid = fixed == null ? pidOf(name) : -1;
      ThreadGroup p = pid < 0 ? null : kernel.pids().process(pid);
      return p == null ? fixed : new ProcessDirectory(fileSystem(), p, null);
    }

    @Override
    public boolean stillValid(Name name, Inode child, boolean certain) {
      return !(child instanceof ProcessDirectory p) || p.exists();
    }

    @Override
    public List<DirEntry> list() {
      List<DirEntry> all = super.list();
      int type = FileMode.directoryType(FileMode.S_IFDIR);
      kernel.pids().processes().stream()
          .sorted(Comparator.comparingInt(ThreadGroup::pid))
          .forEach(
              p ->
                  all.add(
                      new DirEntry(
                          Name.of(Integer.toString(p.pid())),
                          ProcessDirectory.inoOf(p.pid(), 0),
                          type)));
      return all;
    }
  }
}
