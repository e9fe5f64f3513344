package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.TestKernel;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Protection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A task that makes system calls as a program would, with arguments in its memory. */
public final class Guest implements AutoCloseable {
  public static final int AT_FDCWD = -100;
  private static final long STRINGS = 0x200000;
  private static final int STRINGS_SIZE = 1 << 20;

  /** Room for results: 1 MiB. */
  public static final long BUFFER = 0x400000;

  private static final int BUFFER_SIZE = 1 << 20;

  public final TestKernel kernel;
  public final Task task;
  private final Map<String, SyscallTable.Row> rows = new HashMap<>();
  private final boolean owner;
  private long nextString;

  public Guest() {
    this(new TestKernel(), true);
  }

  private Guest(TestKernel kernel, boolean owner) {
    this.kernel = kernel;
    this.owner = owner;
    task = kernel.idleTask();
    map(STRINGS, STRINGS_SIZE);
    map(BUFFER, BUFFER_SIZE);
    kernel.kernel.syscalls().rows().forEach(r -> rows.put(r.name(), r));
  }

  /** A second task of the same kernel, for the calling thread. */
  public Guest another() {
    return new Guest(kernel, false);
  }

  private void map(long address, int size) {
    task.memory()
        .space()
        .map(address, size, Protection.READ | Protection.WRITE, MapFlags.PRIVATE, null, 0, null);
  }

  /**
   * Makes a system call. Strings and byte arrays are put into memory (strings with a NUL).
   *
   * @return the result, or the negative error number
   */
  public long call(String name, Object... arguments) {
    nextString = STRINGS;
    long[] a = new long[6];
    for (int i = 0; i < arguments.length; i++) {
      a[i] =
          switch (arguments[i]) {
            case Long l -> l;
            case Integer n -> n;
            case String s -> put((s + "\0").getBytes(StandardCharsets.ISO_8859_1));
            case byte[] b -> put(b);
            default -> throw new IllegalArgumentException(name + " argument " + i);
          };
    }
    try {
      return rows.get(name).handler().call(task, a[0], a[1], a[2], a[3], a[4], a[5]);
    } catch (ErrnoException e) {
      return -e.errno().number();
    }
  }

  private long put(byte[] bytes) {
    long at = nextString;
    task.memory().write(at, bytes);
    nextString += (bytes.length + 15) & ~15;
    return at;
  }

  /** What a call stored in {@link #BUFFER}. */
  public byte[] buffer(int length) {
    return task.memory().read(BUFFER, length);
  }

  public String text(int length) {
    return new String(buffer(length), StandardCharsets.ISO_8859_1);
  }

  public int intAt(int offset) {
    return task.memory().getInt(BUFFER + offset);
  }

  public long longAt(int offset) {
    return task.memory().getLong(BUFFER + offset);
  }

  /** Reads from a descriptor as text; the error's number in words when it fails. */
  public String read(long fd, int length) {
    long n = call("read", fd, BUFFER, length);
    return n < 0 ? "error " + -n : text((int) n);
  }

  public long write(long fd, String data) {
    return call("write", fd, data.getBytes(StandardCharsets.ISO_8859_1), data.length());
  }

  /** Makes a file system the root, and its root the working directory. */
  public void enter(FileSystem fs) {
    MountNamespace tree = new MountNamespace(fs, "test", 0);
    task.setFs(new FsContext(tree));
  }

  /** Acts as a user with one group from now on. */
  public void become(int uid, int gid) {
    task.setCredentials(Credentials.of(uid, gid));
  }

  @Override
  public void close() {
    TestKernel.end(task);
    if (owner) {
      kernel.close();
    }
  }
}
