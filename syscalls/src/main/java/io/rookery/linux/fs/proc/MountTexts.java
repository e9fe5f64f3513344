package io.rookery.linux.fs.proc;

import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** /proc/PID/mounts and mountinfo. */
final class MountTexts {
  private static final String ESCAPED = " \t\n\\#";

  private MountTexts() {}

  static byte[] mounts(Task t) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Mount m : t.fs().namespace().mounts()) {
      byte[] where = where(m, t);
      if (where.length == 0) {
        continue;
      }
      ProcessTexts.escaped(out, m.source().getBytes(StandardCharsets.UTF_8), ESCAPED);
      out.write(' ');
      ProcessTexts.escaped(out, where, ESCAPED);
      out.writeBytes(
          ProcessTexts.ascii(
              " "
                  + m.fileSystem().type()
                  + " "
                  + options(m)
                  + m.fileSystem().options()
                  + " 0 0\n"));
    }
    return out.toByteArray();
  }

  static byte[] mountInfo(Task t) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Mount m : t.fs().namespace().mounts()) {
      byte[] where = where(m, t);
      if (where.length == 0) {
        continue;
      }
      long dev = m.fileSystem().device();
      VfsPath at = m.at();
      out.writeBytes(
          ProcessTexts.ascii(
              "%d %d %d:%d "
                  .formatted(
                      m.id(),
                      at == null ? 0 : at.mount().id(),
                      FileMode.major(dev),
                      FileMode.minor(dev))));
      out.writeBytes(ProcessTexts.ascii("/ "));
      ProcessTexts.escaped(out, where, ESCAPED);
      out.writeBytes(ProcessTexts.ascii(" " + options(m) + " - " + m.fileSystem().type() + " "));
      ProcessTexts.escaped(out, m.source().getBytes(StandardCharsets.UTF_8), ESCAPED);
      String access = m.fileSystem().readOnly() ? " ro" : " rw";
      out.writeBytes(ProcessTexts.ascii(access + m.fileSystem().options() + "\n"));
    }
    return out.toByteArray();
  }

  /** Where a mount is seen from the task's root; empty when it is outside. */
  private static byte[] where(Mount m, Task t) {
    byte[] path = Vfs.pathOf(m.rootPath(), t.fs().root());
    return path[0] == '/' ? path : new byte[0];
  }

  private static String options(Mount m) {
    StringBuilder b = new StringBuilder(m.readOnly() ? "ro" : "rw");
    option(b, m, Mount.MS_NOSUID, "nosuid");
    option(b, m, Mount.MS_NODEV, "nodev");
    option(b, m, Mount.MS_NOEXEC, "noexec");
    return b.append(m.has(Mount.MS_NOATIME) ? ",noatime" : ",relatime").toString();
  }

  private static void option(StringBuilder b, Mount m, int flag, String name) {
    if (m.has(flag)) {
      b.append(',').append(name);
    }
  }
}
