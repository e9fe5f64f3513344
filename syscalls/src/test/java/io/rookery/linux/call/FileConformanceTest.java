package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.MemoryDevices;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.fs.disk.DiskFileSystem;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.VfsPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random file system calls whose results were recorded from Linux on a tmpfs (record.py beside the
 * transcripts): every result must be the same here.
 */
class FileConformanceTest {
  @ParameterizedTest
  @ValueSource(strings = {"files-1.txt", "files-2.txt", "files-3.txt", "files-4.txt"})
  void tmpfsAnswersAsLinux(String transcript) throws IOException {
    try (Guest guest = new Guest()) {
      replay(transcript, guest);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"files-1.txt", "files-2.txt"})
  void overlayAnswersAsLinux(String transcript, @TempDir Path empty) throws IOException {
    Files.setPosixFilePermissions(empty, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Guest guest = new Guest()) {
      guest.enter(MemoryFileSystem.overHost(guest.kernel.vfs, empty, false));
      replay(transcript, guest);
    }
    try (var left = Files.list(empty)) {
      assertEquals(0, left.count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain-1.txt", "plain-2.txt"})
  void ext2AnswersAsLinux(String transcript) throws IOException {
    try (BlockDevice device = BlockDevices.memory(64 << 20);
        Guest guest = new Guest()) {
      Ext2.format(device, FormatOptions.defaults());
      DiskFileSystem disk =
          new DiskFileSystem(
              guest.kernel.vfs, Ext2FileSystem.open(device, MountOptions.readWrite()));
      guest.enter(disk);
      guest.call("rmdir", "lost+found");
      replay(transcript, guest);
      disk.close();
    }
  }

  private static void replay(String transcript, Guest guest) throws IOException {
    try (BufferedReader in = open(transcript)) {
      MemoryDevices.register(guest.kernel.vfs, guest.kernel.kernel.random());
      List<String> differences = new ArrayList<>();
      int line = 0;
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        line++;
        String[] f = text.split("\\|", -1);
        String expected = f[f.length - 1];
        String actual = replay(guest, f);
        if (!expected.equals(actual)) {
          differences.add(line + ": " + shorten(text) + " but was " + shorten(actual));
          break; // what follows would differ as well
        }
      }
      assertEquals(List.of(), differences);
      assertTrue(line > 1000, "lines " + line);
    }
  }

  private static String shorten(String text) {
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }

  private static BufferedReader open(String name) throws IOException {
    String directory = System.getProperty("rookery.transcripts");
    return directory != null
        ? Files.newBufferedReader(Path.of(directory, name))
        : new BufferedReader(
            new InputStreamReader(
                FileConformanceTest.class.getResourceAsStream(name), StandardCharsets.UTF_8));
  }

  @SuppressWarnings("RefactorSwitch") // each case is a call of its own shape
  private static String replay(Guest g, String[] f) {
    Object[] args = new Object[f.length - 2];
    for (int i = 0; i < args.length; i++) {
      args[i] = argument(f[i + 1]);
    }
    switch (f[0]) {
      case "open" -> {
        long fd = g.call("open", args);
        if (fd < 0) {
          return result(fd);
        }
        long to = f[f.length - 1].matches("\\d+") ? Long.parseLong(f[f.length - 1]) : 10;
        g.call("dup2", fd, to);
        g.call("close", fd);
        return Long.toString(to);
      }
      case "stat", "lstat", "fstat" -> {
        long r = g.call(f[0], args[0], Guest.BUFFER);
        return r < 0 ? result(r) : stat(g);
      }
      case "readlink" -> {
        long r = g.call("readlink", args[0], Guest.BUFFER, 4999);
        return r < 0 ? result(r) : g.text((int) r);
      }
      case "read" -> {
        long r = g.call("read", args[0], Guest.BUFFER, args[1]);
        return r < 0 ? result(r) : r + ":" + crc(g.buffer((int) r));
      }
      case "identity" -> {
        int id = Integer.parseInt(f[1]);
        g.task.setCredentials(Credentials.ROOT.withUids(0, 0, 0, id).withGids(0, 0, 0, id));
        return "0";
      }
      case "list" -> {
        return list(g, (String) args[0]);
      }
      default -> {
        return result(g.call(f[0], args));
      }
    }
  }

  private static Object argument(String text) {
    if (text.startsWith("s:")) {
      return text.substring(2);
    }
    if (text.startsWith("r:")) {
      String[] parts = text.split(":", 3);
      return parts[2].repeat(Integer.parseInt(parts[1]));
    }
    return Long.valueOf(text);
  }

  private static long crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return crc.getValue();
  }

  /** As os.listdir: opened as a directory, "." for no name at all. */
  private static String list(Guest g, String path) {
    long fd =
        g.call("open", path.isEmpty() ? "." : path, OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
    if (fd < 0) {
      return result(fd);
    }
    VfsPath p = g.task.files().get((int) fd).path();
    g.call("close", fd);
    return p.inode().list().stream()
        .map((DirEntry e) -> e.name().toString())
        .sorted()
        .collect(Collectors.joining(","));
  }

  private static String stat(Guest g) {
    int mode = g.intAt(24);
    long size = (mode & 0170000) == 0040000 ? 0 : g.longAt(48);
    return Integer.toOctalString(mode)
        + ","
        + g.longAt(16)
        + ","
        + g.intAt(28)
        + ","
        + g.intAt(32)
        + ","
        + size;
  }

  private static String result(long r) {
    Errno e = r < 0 && r > -4096 ? Errno.of((int) -r) : null;
    return e == null ? Long.toString(r) : e.name();
  }
}
