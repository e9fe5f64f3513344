package io.rookery.linux.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.linux.call.Guest;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.fs.disk.DiskFileSystem;
import io.rookery.mmu.Frame;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An ext2 volume as the root of a guest. */
class DiskFileSystemTest {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final BlockDevice device = BlockDevices.memory(16 << 20);
  private final Guest g = new Guest();

  @BeforeEach
  void format() throws IOException {
    Ext2.format(device, FormatOptions.defaults());
  }

  @AfterEach
  void close() throws IOException {
    g.close();
    device.close();
  }

  private DiskFileSystem mount() throws IOException {
    DiskFileSystem disk =
        new DiskFileSystem(g.kernel.vfs, Ext2FileSystem.open(device, MountOptions.readWrite()));
    g.enter(disk);
    return disk;
  }

  @Test
  void survivesARemount() throws IOException {
    DiskFileSystem disk = mount();
    long fd = g.call("open", "/file", 0102, 0751);
    g.write(fd, "durable");
    g.call("close", fd);
    g.call("symlink", "/file", "/link");
    g.call("mknod", "/null", 020666, 0x103);
    g.call(
        "setxattr",
        "/file",
        "user.note",
        "value".getBytes(java.nio.charset.StandardCharsets.UTF_8),
        5,
        0);
    disk.close();
    disk = mount();
    long again = g.call("open", "/link", 0, 0);
    assertEquals("durable", g.read(again, 100));
    g.call("close", again);
    g.call("stat", "/file", Guest.BUFFER);
    assertEquals(0100751, g.intAt(24));
    g.call("stat", "/null", Guest.BUFFER);
    assertEquals(0x103, g.longAt(40));
    assertEquals(5, g.call("getxattr", "/file", "user.note", Guest.BUFFER, 100));
    assertEquals("value", g.text(5));
    disk.close();
  }

  @Test
  void removedFilesGiveTheirSpaceBackWhenClosed() throws IOException {
    DiskFileSystem disk = mount();
    g.call("close", g.call("open", "/other", 0102, 0644)); // grows what it grows
    long before = disk.statFs().freeBlocks();
    long fd = g.call("open", "/f", 0102, 0644);
    for (int i = 0; i < 8; i++) {
      assertEquals(1 << 17, g.call("write", fd, Guest.BUFFER, 1 << 17));
    }
    assertEquals(0, g.call("unlink", "/f"));
    assertTrue(disk.statFs().freeBlocks() < before);
    assertEquals(4, g.call("pread64", fd, Guest.BUFFER, 4, 1 << 19));
    g.call("close", fd);
    assertEquals(before, disk.statFs().freeBlocks());
    disk.close();
  }

  @Test
  void mappingsAndFilesAgree() throws IOException {
    DiskFileSystem disk = mount();
    long fd = g.call("open", "/f", 0102, 0644);
    g.call("ftruncate", fd, 8192);
    PageSource pages = g.task.files().get((int) fd).pages();
    pages.mapped(2);
    Frame frame = pages.frame(1, true);
    frame.write(0, new byte[] {'m', 'a', 'p'}, 0, 3);
    assertEquals(3, g.call("pread64", fd, Guest.BUFFER, 3, 4096));
    assertEquals("map", g.text(3));
    g.call("fsync", fd);
    frame.write(0, new byte[] {'M'}, 0, 1); // still mapped after the sync
    assertEquals(3, g.call("pread64", fd, Guest.BUFFER, 3, 4096));
    assertEquals("Map", g.text(3));
    g.call("pwrite64", fd, "XY", 2, 4097);
    byte[] b = new byte[3];
    frame.read(0, b, 0, 3);
    assertEquals("MXY", new String(b, java.nio.charset.StandardCharsets.US_ASCII));
    g.call("close", fd);
    pages.dirtied(frame);
    pages.unpin(frame);
    pages.unmapped(2);
    disk.close();
    disk = mount();
    long again = g.call("open", "/f", 0, 0);
    g.call("pread64", again, Guest.BUFFER, 3, 4096);
    assertEquals("MXY", g.text(3));
    g.call("close", again);
    disk.close();
  }

  @Test
  void dataAndHolesAreSoughtWithinTheFile() throws IOException {
    DiskFileSystem disk = mount();
    long fd = g.call("open", "/f", 0102, 0644);
    g.call("pwrite64", fd, "XY", 2, 1 << 16);
    for (int whence : new int[] {SEEK_DATA, SEEK_HOLE}) {
      assertEquals(-Errno.ENXIO.number(), g.call("lseek", fd, -1L, whence));
      assertEquals(-Errno.ENXIO.number(), g.call("lseek", fd, (1 << 16) + 2, whence));
    }
    assertEquals(1 << 16, g.call("lseek", fd, 0, SEEK_DATA));
    assertEquals(0, g.call("lseek", fd, 0, SEEK_HOLE));
    g.call("close", fd);
    disk.close();
  }

  @Test
  void aFullDiskSaysSo() throws IOException {
    DiskFileSystem disk = mount();
    long fd = g.call("open", "/big", 0102, 0644);
    long n = 0;
    long last;
    do {
      last = g.call("write", fd, Guest.BUFFER, 1 << 17);
      n += Math.max(0, last);
    } while (last > 0);
    assertEquals(-Errno.ENOSPC.number(), last);
    assertTrue(n > 8 << 20, "wrote " + n);
    g.call("close", fd);
    assertEquals(0, g.call("unlink", "/big"));
    disk.close();
  }

  /** What ftruncate(2) zeroed of a page is nobody's once the file is gone. */
  @Test
  void changedPagesOfDeletedFilesAreForgotten() throws IOException {
    DiskFileSystem disk = mount();
    long fd = g.call("open", "/f", 0102, 0644);
    g.call("ftruncate", fd, 8192);
    PageSource pages = g.task.files().get((int) fd).pages();
    pages.mapped(1);
    pages.unmapped(1);
    assertEquals(0, g.call("ftruncate", fd, 100));
    assertEquals(0, g.call("unlink", "/f"));
    g.call("close", fd);
    disk.sync();
    assertFalse(disk.hasChanges());
    disk.close();
  }

  @Test
  void aPageThatCannotBeWrittenDoesNotKeepTheRestFromTheDisk() throws IOException {
    DiskFileSystem disk = mount();
    long holes = g.call("open", "/holes", 0102, 0644);
    g.call("ftruncate", holes, 1 << 20);
    PageSource pages = g.task.files().get((int) holes).pages();
    pages.mapped(1);
    Frame frame = pages.frame(100, true);
    long fd = g.call("open", "/big", 0102, 0644);
    while (g.call("write", fd, Guest.BUFFER, 1 << 17) > 0
        || g.call("write", fd, Guest.BUFFER, 1) > 0) {
      // until nothing fits any more
    }
    g.call("close", fd);
    frame.write(0, new byte[] {1}, 0, 1);
    assertSame(Errno.ENOSPC, assertThrows(ErrnoException.class, disk::sync).errno());
    g.call("rename", "/big", "/renamed");
    assertThrows(ErrnoException.class, disk::close);
    disk = mount();
    assertEquals(0, g.call("stat", "/renamed", Guest.BUFFER));
    disk.close();
  }
}
