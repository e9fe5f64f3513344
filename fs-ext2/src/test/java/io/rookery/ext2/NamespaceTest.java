package io.rookery.ext2;

import static io.rookery.ext2.Volumes.assertReason;
import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceTest {
  @TempDir Path folder;

  private BlockDevice device;
  private Ext2FileSystem fs;
  private Ext2Inode root;

  @BeforeEach
  void mount() throws IOException {
    device = Volumes.formatted(16 << 20, 1024);
    fs = Ext2FileSystem.open(device, MountOptions.readWrite());
    root = fs.root();
  }

  @AfterEach
  void isClean() throws IOException {
    fs.close();
    Volumes.assertClean(device, folder);
  }

  private Ext2Inode file(Ext2Inode dir, String name) throws IOException {
    return fs.create(dir, bytes(name), 0644, 0, 0);
  }

  private Ext2Inode dir(Ext2Inode parent, String name) throws IOException {
    return fs.mkdir(parent, bytes(name), 0755, 0, 0);
  }

  private void rename(Ext2Inode from, String a, Ext2Inode to, String b) throws IOException {
    fs.rename(from, bytes(a), to, bytes(b), RenameMode.REPLACE);
  }

  @Test
  void namesAreChecked() throws IOException {
    String longest = "n".repeat(255);
    Ext2Inode named = file(root, longest);
    assertSame(named, fs.lookup(root, bytes(longest)));
    byte[] invalidUtf8 = {(byte) 0xFF, (byte) 0x80, 1};
    assertSame(fs.create(root, invalidUtf8, 0600, 0, 0), fs.lookup(root, invalidUtf8));
    assertReason(Reason.ENAMETOOLONG, () -> file(root, longest + "n"));
    assertReason(Reason.ENAMETOOLONG, () -> fs.lookup(root, bytes(longest + "n")));
    assertReason(Reason.EINVAL, () -> file(root, ""));
    assertReason(Reason.EINVAL, () -> file(root, "a/b"));
    assertReason(Reason.EINVAL, () -> file(root, "a\0b"));
    assertReason(Reason.EEXIST, () -> file(root, "."));
    assertReason(Reason.EEXIST, () -> dir(root, longest));
    assertReason(Reason.ENOTDIR, () -> file(named, "below"));
    assertReason(Reason.ENOTDIR, () -> fs.lookup(named, bytes("below")));
    assertNull(fs.lookup(root, bytes("absent")));
    assertNull(fs.lookup(root, new byte[0]));
  }

  @Test
  void dotsAreEntries() throws IOException {
    Ext2Inode child = dir(root, "child");
    assertSame(child, fs.lookup(child, bytes(".")));
    assertSame(root, fs.lookup(child, bytes("..")));
    assertEquals(2, child.attributes().links());
    assertEquals(4, root.attributes().links());
  }

  @Test
  void unlinkAndRmdirCheckTypes() throws IOException {
    file(root, "file");
    Ext2Inode child = dir(root, "dir");
    file(child, "inner");
    assertReason(Reason.EISDIR, () -> fs.unlink(root, bytes("dir")));
    assertReason(Reason.ENOTDIR, () -> fs.rmdir(root, bytes("file")));
    assertReason(Reason.ENOTEMPTY, () -> fs.rmdir(root, bytes("dir")));
    assertReason(Reason.ENOENT, () -> fs.unlink(root, bytes("absent")));
    assertReason(Reason.ENOENT, () -> fs.rmdir(root, bytes("absent")));
    assertReason(Reason.EINVAL, () -> fs.rmdir(child, bytes(".")));
    assertReason(Reason.ENOTEMPTY, () -> fs.rmdir(child, bytes("..")));
    fs.unlink(child, bytes("inner"));
    fs.rmdir(root, bytes("dir"));
    assertNull(fs.lookup(root, bytes("dir")));
    assertEquals(3, root.attributes().links());
    assertReason(Reason.ESTALE, () -> file(child, "late"));
  }

  @Test
  void removedDirectoryInUseTakesNoEntries() throws IOException {
    Ext2Inode child = dir(root, "dir");
    child.retain();
    fs.rmdir(root, bytes("dir"));
    assertReason(Reason.ENOENT, () -> file(child, "late"));
    assertEquals(List.of(".", ".."), Volumes.names(fs, child));
    child.release();
    assertReason(Reason.ESTALE, () -> Volumes.names(fs, child));
  }

  @Test
  void linksAreCounted() throws IOException {
    Ext2Inode file = file(root, "a");
    fs.link(root, bytes("b"), file);
    assertEquals(2, file.attributes().links());
    assertSame(file, fs.lookup(root, bytes("b")));
    assertReason(Reason.EEXIST, () -> fs.link(root, bytes("b"), file));
    assertReason(Reason.EPERM, () -> fs.link(root, bytes("c"), root));
    fs.unlink(root, bytes("a"));
    assertEquals(1, file.attributes().links());
    file.retain();
    fs.unlink(root, bytes("b"));
    assertReason(Reason.ENOENT, () -> fs.link(root, bytes("again"), file));
    file.release();
  }

  @Test
  void linkCountHasALimit() throws IOException {
    Ext2Inode file = file(root, "file");
    for (int i = 1; i < 32000; i++) {
      fs.link(root, bytes("l" + i), file);
    }
    assertReason(Reason.EMLINK, () -> fs.link(root, bytes("more"), file));
    assertEquals(32000, file.attributes().links());
  }

  @Test
  void unnamedFileMayGetAName() throws IOException {
    long free = fs.status().freeInodes();
    Ext2Inode dropped = fs.createUnnamed(root, 0600, 1, 2);
    Ext2Inode kept = fs.createUnnamed(root, 0600, 1, 2);
    fs.link(root, bytes("kept"), kept);
    kept.release();
    dropped.release();
    assertEquals(free - 1, fs.status().freeInodes());
    assertEquals(1, Volumes.find(fs, "kept").attributes().links());
  }

  @Test
  void symlinksFastAndSlow() throws IOException {
    for (int length : new int[] {1, 59, 60, 500, 1023}) {
      byte[] target = bytes("t".repeat(length));
      Ext2Inode link = fs.symlink(root, bytes("l" + length), target, 1, 1);
      assertArrayEquals(target, fs.readlink(link));
      assertEquals(length, link.size());
      assertEquals(length < 60 ? 0 : 2, link.attributes().blocks512());
    }
    assertReason(Reason.ENAMETOOLONG, () -> fs.symlink(root, bytes("x"), new byte[1024], 0, 0));
    assertReason(Reason.ENOENT, () -> fs.symlink(root, bytes("x"), new byte[0], 0, 0));
    assertReason(Reason.EINVAL, () -> fs.readlink(root));
    fs.unlink(root, bytes("l59"));
    fs.unlink(root, bytes("l60"));
  }

  @Test
  void deviceNodesKeepTheirNumbers() throws IOException {
    int[] numbers = {0x103, 0xFFFF, 0x12345678, 0x00100000};
    for (int i = 0; i < numbers.length; i++) {
      fs.mknod(root, bytes("c" + i), FileType.CHARACTER_DEVICE.mode() | 0600, numbers[i], 0, 0);
      fs.mknod(root, bytes("b" + i), FileType.BLOCK_DEVICE.mode() | 0600, numbers[i], 0, 0);
    }
    fs.mknod(root, bytes("fifo"), FileType.FIFO.mode() | 0600, 7, 0, 0);
    fs.mknod(root, bytes("sock"), FileType.SOCKET.mode() | 0600, 7, 0, 0);
    assertReason(
        Reason.EINVAL, () -> fs.mknod(root, bytes("d"), FileType.DIRECTORY.mode(), 0, 0, 0));
    fs.close();
    fs = Ext2FileSystem.open(device, MountOptions.readWrite());
    for (int i = 0; i < numbers.length; i++) {
      assertEquals(numbers[i], Volumes.find(fs, "c" + i).attributes().rdev());
      assertEquals(numbers[i], Volumes.find(fs, "b" + i).attributes().rdev());
    }
    assertEquals(0, Volumes.find(fs, "fifo").attributes().rdev());
    assertEquals(FileType.SOCKET, Volumes.find(fs, "sock").type());
  }

  @Test
  void renameReplaces() throws IOException {
    Ext2Inode a = file(root, "a");
    Ext2Inode b = file(root, "b");
    b.retain();
    rename(root, "a", root, "b");
    assertNull(fs.lookup(root, bytes("a")));
    assertSame(a, fs.lookup(root, bytes("b")));
    assertEquals(0, b.attributes().links());
    b.release();
    fs.link(root, bytes("same"), a);
    rename(root, "b", root, "same"); // two names of one file: nothing happens
    assertSame(a, fs.lookup(root, bytes("b")));
    assertSame(a, fs.lookup(root, bytes("same")));
  }

  @Test
  void renameMovesDirectories() throws IOException {
    Ext2Inode from = dir(root, "from");
    Ext2Inode to = dir(root, "to");
    Ext2Inode moved = dir(from, "moved");
    file(moved, "file");
    rename(from, "moved", to, "there");
    assertSame(to, fs.lookup(moved, bytes("..")));
    assertEquals(2, from.attributes().links());
    assertEquals(3, to.attributes().links());
    Ext2Inode empty = dir(root, "empty");
    assertReason(Reason.ENOTEMPTY, () -> rename(root, "empty", to, "there"));
    rename(to, "there", root, "empty");
    assertSame(moved, fs.lookup(root, bytes("empty")));
    assertSame(root, fs.lookup(moved, bytes("..")));
    assertReason(Reason.ESTALE, empty::retain);
  }

  @Test
  void renameRefuses() throws IOException {
    Ext2Inode a = dir(root, "a");
    Ext2Inode b = dir(a, "b");
    dir(b, "c");
    file(root, "file");
    assertReason(Reason.EINVAL, () -> rename(root, "a", a, "inside"));
    assertReason(Reason.EINVAL, () -> rename(root, "a", b, "c"));
    assertReason(Reason.ENOTEMPTY, () -> rename(a, "b", root, "a"));
    assertReason(Reason.EISDIR, () -> rename(root, "file", root, "a"));
    assertReason(Reason.ENOTDIR, () -> rename(root, "a", root, "file"));
    assertReason(Reason.ENOENT, () -> rename(root, "absent", root, "x"));
    assertReason(Reason.EBUSY, () -> rename(a, ".", root, "x"));
    assertReason(Reason.EBUSY, () -> rename(a, "b", a, ".."));
    assertReason(
        Reason.EEXIST,
        () -> fs.rename(root, bytes("file"), root, bytes("a"), RenameMode.NO_REPLACE));
    assertReason(
        Reason.ENOENT, () -> fs.rename(root, bytes("file"), root, bytes("x"), RenameMode.EXCHANGE));
    assertReason(
        Reason.EINVAL, () -> fs.rename(b, bytes("c"), root, bytes("a"), RenameMode.EXCHANGE));
  }

  @Test
  void renameExchanges() throws IOException {
    Ext2Inode a = dir(root, "a");
    Ext2Inode inner = dir(a, "inner");
    Ext2Inode file = file(root, "file");
    fs.rename(a, bytes("inner"), root, bytes("file"), RenameMode.EXCHANGE);
    assertSame(inner, fs.lookup(root, bytes("file")));
    assertSame(file, fs.lookup(a, bytes("inner")));
    assertSame(root, fs.lookup(inner, bytes("..")));
    assertEquals(2, a.attributes().links());
    assertEquals(5, root.attributes().links());
  }

  @Test
  void cookiesSurviveChanges() throws IOException {
    for (int i = 0; i < 500; i++) {
      file(root, "name" + i);
    }
    Set<String> seen = new HashSet<>();
    List<Long> cookie = new ArrayList<>(List.of(0L));
    int step = 0;
    while (true) {
      int[] left = {7};
      long before = cookie.get(0);
      cookie.set(
          0,
          fs.list(
              root,
              before,
              (name, inode, type, next) -> {
                if (left[0]-- == 0) {
                  return false;
                }
                seen.add(new String(name, StandardCharsets.UTF_8));
                return true;
              }));
      if (cookie.get(0) == before) {
        break;
      }
      fs.unlink(root, bytes("name" + step)); // seen already or not, it moves no other entry
      step++;
      file(root, "new" + step);
    }
    for (int i = step; i < 500; i++) {
      assertEquals(true, seen.contains("name" + i), "name" + i);
    }
  }

  @Test
  void directoriesGrowAndAreReused() throws IOException {
    Ext2Inode big = dir(root, "big");
    for (int i = 0; i < 3000; i++) {
      file(big, "entry-number-" + i);
    }
    long size = big.size();
    for (int i = 0; i < 3000; i++) {
      assertNotNull(fs.lookup(big, bytes("entry-number-" + i)));
      fs.unlink(big, bytes("entry-number-" + i));
    }
    for (int i = 0; i < 3000; i++) {
      file(big, "other-number-" + i);
    }
    assertEquals(size, big.size());
    assertEquals(3002, Volumes.names(fs, big).size());
  }
}
