package io.rookery.linux.fs.proc;

import io.rookery.linux.kernel.Task;
import io.rookery.linux.mm.FileMapping;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.Protection;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** /proc/PID/maps and smaps. */
final class MemoryTexts {
  private static final int NAME_COLUMN = 73;

  private MemoryTexts() {}

  static byte[] maps(Task subject, Task reader) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Mapping m : mappings(subject)) {
      line(out, m, reader);
    }
    return out.toByteArray();
  }

  static byte[] smaps(Task subject, Task reader) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Mapping m : mappings(subject)) {
      line(out, m, reader);
      out.writeBytes(
          ProcessTexts.ascii(
              "Size:           %8d kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n"
                  .formatted(m.length() / 1024)));
    }
    return out.toByteArray();
  }

  private static List<Mapping> mappings(Task subject) {
    AddressSpace space = subject.mm().space();
    List<Mapping> all = new ArrayList<>();
    space.retain();
    try {
      space.forEachMapping(all::add);
    } finally {
      space.release();
    }
    return all;
  }

  private static void line(ByteArrayOutputStream out, Mapping m, Task reader) {
    int p = m.protection();
    long dev = 0;
    long ino = 0;
    byte[] name = new byte[0];
    Object tag = m.tag() instanceof FileMapping.ReadOnly r ? r.of() : m.tag();
    if (tag instanceof VfsPath place) {
      Stat s = place.inode().stat();
      dev = s.dev();
      ino = s.ino();
      name = Vfs.pathOf(place, reader.fs().root());
    } else if (tag != null) {
      name = ProcessTexts.ascii(tag.toString());
    }
    String head =
        "%08x-%08x %c%c%c%c %08x %02x:%02x %d "
            .formatted(
                m.start(),
                m.end(),
                (p & Protection.READ) != 0 ? 'r' : '-',
                (p & Protection.WRITE) != 0 ? 'w' : '-',
                (p & Protection.EXEC) != 0 ? 'x' : '-',
                m.shared() ? 's' : 'p',
                m.source() == null ? 0 : m.offset(),
                FileMode.major(dev),
                FileMode.minor(dev),
                ino);
    out.writeBytes(ProcessTexts.ascii(head));
    if (name.length > 0) {
      out.writeBytes(ProcessTexts.ascii(" ".repeat(Math.max(0, NAME_COLUMN - head.length()))));
      ProcessTexts.escaped(out, name, "\n");
    }
    out.write('\n');
  }
}
