package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrencyTest {
  @TempDir Path folder;

  /** Each thread works in a directory of its own, and all in one that they share. */
  @Test
  void manyThreadsChangeOneVolume() throws Exception {
    int rounds = Volumes.full() ? 20_000 : 600;
    BlockDevice device = Volumes.formatted(64 << 20, 1024);
    MountOptions options = MountOptions.readWrite().withCacheBytes(1 << 20);
    List<Future<Map<String, byte[]>>> results = new ArrayList<>();
    AtomicBoolean done = new AtomicBoolean();
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, options)) {
      Ext2Inode shared = fs.mkdir(fs.root(), bytes("shared"), 0755, 0, 0);
      try (ExecutorService pool = Executors.newFixedThreadPool(6)) {
        for (int t = 0; t < 4; t++) {
          int id = t;
          results.add(pool.submit(() -> work(fs, shared, id, rounds)));
        }
        Future<?> syncer =
            pool.submit(
                () -> {
                  while (!done.get()) {
                    fs.sync();
                    Thread.sleep(5);
                  }
                  return null;
                });
        Future<?> reader =
            pool.submit(
                () -> {
                  while (!done.get()) {
                    for (String name : Volumes.names(fs, shared)) {
                      fs.lookup(shared, bytes(name));
                    }
                  }
                  return null;
                });
        for (Future<?> result : results) {
          result.get(300, TimeUnit.SECONDS);
        }
        done.set(true);
        syncer.get();
        reader.get();
      } finally {
        done.set(true);
      }
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, options)) {
      for (int t = 0; t < results.size(); t++) {
        for (Map.Entry<String, byte[]> entry : results.get(t).get().entrySet()) {
          Ext2Inode file = Volumes.find(fs, "thread" + t + "/" + entry.getKey());
          assertArrayEquals(entry.getValue(), Volumes.readAll(fs, file), entry.getKey());
        }
      }
    }
    Volumes.assertClean(device, folder);
  }

  private static Map<String, byte[]> work(Ext2FileSystem fs, Ext2Inode shared, int id, int rounds)
      throws IOException {
    Random random = new Random(id);
    Map<String, byte[]> model = new HashMap<>();
    Ext2Inode own = fs.mkdir(fs.root(), bytes("thread" + id), 0755, 0, 0);
    for (int i = 0; i < rounds; i++) {
      String name = "f" + random.nextInt(30);
      Ext2Inode file = fs.lookup(own, bytes(name));
      if (file == null) {
        file = fs.create(own, bytes(name), 0644, 0, 0);
        model.put(name, new byte[0]);
      }
      byte[] old = model.get(name);
      assertNotNull(old);
      switch (random.nextInt(5)) {
        case 0 -> {
          fs.unlink(own, bytes(name));
          model.remove(name);
        }
        case 1 -> {
          int size = random.nextInt(20_000);
          fs.truncate(file, size);
          model.put(name, Arrays.copyOf(old, size));
        }
        case 2 -> assertArrayEquals(old, Volumes.readAll(fs, file));
        default -> {
          int at = random.nextInt(100_000);
          byte[] data = Volumes.random(1 + random.nextInt(80_000), i);
          fs.write(file, at, ByteBuffer.wrap(data));
          byte[] now = Arrays.copyOf(old, Math.max(old.length, at + data.length));
          System.arraycopy(data, 0, now, at, data.length);
          model.put(name, now);
        }
      }
      String mine = "s" + id + "-" + random.nextInt(50);
      Ext2Inode other = fs.lookup(shared, bytes(mine));
      if (other == null) {
        fs.mkdir(shared, bytes(mine), 0755, 0, 0);
      } else {
        fs.rename(shared, bytes(mine), own, bytes("moved"), RenameMode.REPLACE);
        fs.rmdir(own, bytes("moved"));
      }
    }
    return model;
  }

  /** Reads are not kept waiting by a device that takes its time to flush. */
  @Test
  void readsGoOnDuringASlowSync() throws Exception {
    SlowFlush device = new SlowFlush(Volumes.formatted(8 << 20, 4096));
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite());
        ExecutorService pool = Executors.newFixedThreadPool(1)) {
      byte[] data = Volumes.random(100_000, 1);
      Ext2Inode file = Volumes.write(fs, "f", data);
      fs.sync();
      fs.setMode(file, 0600);
      device.slow = true;
      Future<?> sync =
          pool.submit(
              () -> {
                fs.sync();
                return null;
              });
      assertTrue(device.flushing.await(10, TimeUnit.SECONDS));
      assertArrayEquals(data, Volumes.readAll(fs, Volumes.find(fs, "f")));
      assertEquals(false, sync.isDone());
      device.goOn.countDown();
      sync.get();
      device.slow = false;
    }
  }

  private static final class SlowFlush implements BlockDevice {
    final CountDownLatch flushing = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    volatile boolean slow;

    private final BlockDevice device;

    SlowFlush(BlockDevice device) {
      this.device = device;
    }

    @Override
    public void flush() throws IOException {
      if (slow) {
        flushing.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      device.flush();
    }

    @Override
    public long size() {
      return device.size();
    }

    @Override
    public int blockSize() {
      return device.blockSize();
    }

    @Override
    public boolean readOnly() {
      return device.readOnly();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
      device.read(offset, dst);
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
      device.write(offset, src);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      device.discard(offset, length);
    }

    @Override
    public void close() throws IOException {
      device.close();
    }
  }

  /** Every failure of the device reaches a caller, and the volume is whole once it works again. */
  @Test
  void deviceThatBecomesFull() throws IOException {
    BlockDevice base = Volumes.formatted(16 << 20, 1024);
    BlockDevice device = BlockDevices.memoryOverlay(base, 2 << 20);
    Ext2FileSystem fs =
        Ext2FileSystem.open(device, MountOptions.readWrite().withCacheBytes(1 << 20));
    Ext2Inode file = fs.create(fs.root(), bytes("f"), 0644, 0, 0);
    byte[] data = Volumes.random(100_000, 1);
    int refused = 0;
    for (int i = 0; i < 60; i++) {
      try {
        fs.write(file, i * 100_000L, ByteBuffer.wrap(data));
      } catch (IOException e) {
        refused++;
      }
    }
    assertTrue(refused > 20, refused + " refused");
    ByteBuffer read = ByteBuffer.allocate(100_000);
    fs.read(file, 0, read);
    assertArrayEquals(data, read.array());
  }
}
