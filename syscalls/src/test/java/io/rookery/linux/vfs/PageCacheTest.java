package io.rookery.linux.vfs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.mmu.Frame;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.MemoryPool;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PageCacheTest {
  /** A store in an array, writable or not. */
  private static final class ArrayStore implements PageStore {
    private byte[] content;
    private final boolean writable;

    ArrayStore(byte[] content, boolean writable) {
      this.content = content;
      this.writable = writable;
    }

    @Override
    public void load(long position, byte[] target, int offset, int length) {
      Arrays.fill(target, offset, offset + length, (byte) 0);
      int n = (int) Math.max(0, Math.min(length, content.length - position));
      System.arraycopy(content, (int) position, target, offset, n);
    }

    @Override
    public long size() {
      return content.length;
    }

    @Override
    public boolean writable() {
      return writable;
    }

    @Override
    public void store(long position, byte[] source, int offset, int length) {
      if (position + length > content.length) {
        content = Arrays.copyOf(content, (int) position + length);
      }
      System.arraycopy(source, offset, content, (int) position, length);
    }
  }

  private static byte[] random(Random r, int length) {
    byte[] b = new byte[length];
    r.nextBytes(b);
    return b;
  }

  @Property(tries = 60)
  void behavesAsAnArray(@ForAll long seed) throws IOException {
    Random r = new Random(seed);
    try (MemoryPool pool = new MemoryPool(8 << 20)) {
      PageCaches caches = new PageCaches(pool);
      ArrayStore store = new ArrayStore(random(r, r.nextInt(60_000)), r.nextBoolean());
      PageCache cache = caches.newCache(store, "test", 0);
      byte[] model = store.content.clone();
      for (int i = 0; i < 80; i++) {
        int position = r.nextInt(70_000);
        int length = r.nextInt(r.nextBoolean() ? 50 : 20_000);
        switch (r.nextInt(6)) {
          case 0, 1 -> {
            byte[] data = random(r, length);
            cache.write(position, data, 0, length);
            if (length > 0) {
              model = Arrays.copyOf(model, Math.max(model.length, position + length));
              System.arraycopy(data, 0, model, position, length);
            }
          }
          case 2 -> {
            if (store.writable && position < store.content.length) {
              store.content = Arrays.copyOf(store.content, position);
            }
            cache.truncate(position);
            model = Arrays.copyOf(model, position);
          }
          case 3 -> {
            cache.punch(position, length + 1L);
            int end = Math.min(model.length, position + length + 1);
            if (position < end) {
              Arrays.fill(model, position, end, (byte) 0);
            }
          }
          case 4 -> cache.reclaim(r.nextInt(10));
          default -> cache.sync();
        }
        byte[] all = new byte[model.length + 10];
        assertEquals(model.length, cache.read(0, all, 0, all.length));
        assertArrayEquals(model, Arrays.copyOf(all, model.length));
      }
      if (store.writable) {
        cache.sync();
        int n = Math.min(model.length, store.content.length);
        assertArrayEquals(Arrays.copyOf(model, n), Arrays.copyOf(store.content, n));
      }
      cache.drop();
      caches.close();
    }
  }

  @Test
  void mappingsAndWritesShareFrames() throws IOException {
    try (MemoryPool pool = new MemoryPool(8 << 20)) {
      PageCaches caches = new PageCaches(pool);
      ArrayStore store = new ArrayStore(new byte[5000], true);
      PageCache cache = caches.newCache(store, "test", 0);
      Frame second = cache.frame(1, true);
      cache.write(4096, new byte[] {7}, 0, 1);
      byte[] b = new byte[1];
      second.read(0, b, 0, 1);
      assertEquals(7, b[0]);
      second.write(1, new byte[] {9}, 0, 1); // as a store through a mapping does
      cache.read(4097, b, 0, 1);
      assertEquals(9, b[0]);
      cache.sync();
      assertEquals(9, store.content[4097]);
      second.write(1, new byte[] {10}, 0, 1);
      cache.dirtied(second);
      cache.unpin(second);
      cache.sync();
      assertEquals(10, store.content[4097]);
      assertNull(cache.frame(2, false)); // beyond the end
      cache.drop();
      caches.close();
    }
  }

  @Test
  void cleanPagesGiveWayAndDirtyOnesDoNot() throws IOException {
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      PageCaches caches = new PageCaches(pool);
      PageCache clean = caches.newCache(new ArrayStore(new byte[4 << 20], false), "clean", 0);
      byte[] b = new byte[4096];
      for (int at = 0; at < 4 << 20; at += 4096) {
        assertEquals(4096, clean.read(at, b, 0, 4096)); // four times the memory there is
      }
      PageCache dirty = caches.newCache(PageStore.EMPTY, "dirty", 0);
      assertThrows(
          MemoryLimitException.class,
          () -> {
            for (int at = 0; at < 2 << 20; at += 4096) {
              dirty.write(at, b, 0, 4096);
            }
          });
      dirty.drop();
      clean.drop();
      caches.close();
    }
  }
}
