package io.rookery.linux.elf;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What execve(2) finds behind a path: an ELF file, scripts being followed to their interpreter.
 *
 * @param file held once by this object's owner
 * @param arguments argv, changed as {@code #!} lines ask for
 */
record ProgramFile(FileDescription file, List<byte[]> arguments) {
  private static final int BUFFER = 256;
  private static final int MOST_INTERPRETERS = 5;

  /**
   * Opens a program.
   *
   * @param shown the path that scripts get as their argument
   */
  static ProgramFile open(
      Task task, int dirfd, byte[] path, int flags, byte[] shown, List<byte[]> arguments) {
    FileDescription file = task.kernel().vfs().openForExec(task, dirfd, path, flags);
    file.retain();
    List<byte[]> argv = arguments;
    byte[] name = shown;
    boolean done = false;
    try {
      for (int depth = 0; ; depth++) {
        byte[] start = new byte[BUFFER];
        int n = ElfHeader.readFully(task, file, start, 0);
        if (n < 2 || start[0] != '#' || start[1] != '!') {
          done = true;
          return new ProgramFile(file, argv);
        }
        if (depth == MOST_INTERPRETERS) {
          throw Errno.ELOOP.exception();
        }
        List<byte[]> line = parse(start, n);
        List<byte[]> next = new ArrayList<>(line);
        next.add(name);
        next.addAll(argv.subList(Math.min(1, argv.size()), argv.size()));
        argv = next;
        name = line.getFirst();
        FileDescription interpreter =
            task.kernel().vfs().openForExec(task, OpenFlags.AT_FDCWD, name, 0);
        interpreter.retain();
        file.release();
        file = interpreter;
      }
    } finally {
      if (!done) {
        file.release();
      }
    }
  }

  /** The interpreter and its one optional argument, as binfmt_script reads them. */
  private static List<byte[]> parse(byte[] start, int length) {
    int end = 2;
    while (end < length && start[end] != '\n') {
      end++;
    }
    boolean complete = end < length || length < BUFFER;
    int from = skipBlanks(start, 2, end);
    int to = from;
    while (to < end && !isBlank(start[to]) && start[to] != 0) {
      to++;
    }
    if (from == to || (!complete && to == end)) {
      throw Errno.ENOEXEC.exception();
    }
    List<byte[]> line = new ArrayList<>();
    line.add(Arrays.copyOfRange(start, from, to));
    int argument = skipBlanks(start, to, end);
    int last = argument;
    while (last < end && start[last] != 0) {
      last++;
    }
    while (last > argument && isBlank(start[last - 1])) {
      last--;
    }
    if (last > argument) {
      line.add(Arrays.copyOfRange(start, argument, last));
    }
    return line;
  }

  private static int skipBlanks(byte[] b, int from, int end) {
    int i = from;
    while (i < end && isBlank(b[i])) {
      i++;
    }
    return i;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
