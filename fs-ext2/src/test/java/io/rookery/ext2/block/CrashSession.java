package io.rookery.ext2.block;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.RenameMode;
import io.rookery.ext2.Volumes;
import io.rookery.ext2.testing.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** A file system in use on a device that notes its events, and what its syncs have promised. */
final class CrashSession {
  private static final List<String> DIRECTORIES = List.of("", "", "a/", "b/", "b/c/");
  private static final int NAMES = 5;

  /** What a sync has made durable: from which event on it may be there, and must be. */
  private record Synced(int begun, int done, Map<String, byte[]> files) {}

  /** Names that a change concerned, and at which event it began. */
  private record Change(int begun, List<String> names) {}

  /** What may go on at the device's end of a sync. */
  interface AfterSync {
    void run() throws IOException;
  }

  private final Random random;
  private final IntSupplier events;
  private final List<Synced> syncs = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final Map<String, byte[]> files = new TreeMap<>();

  /** {@code events}: how many there were so far. */
  CrashSession(Random random, IntSupplier events) {
    this.random = random;
    this.events = events;
  }

  /** Mounts the volume, changes it 20 to 40 times with syncs in between, and closes it. */
  void run(BlockDevice device, AfterSync afterSync) throws IOException {
    MountOptions options =
        MountOptions.readWrite().withCacheBytes(1 << 20).withDiscard(random.nextBoolean());
    int now = events.getAsInt();
    syncs.add(new Synced(now, now, Map.of()));
    Ext2FileSystem fs = Ext2FileSystem.open(device, options);
    int operations = 20 + random.nextInt(21);
    for (int i = 0; i < operations; i++) {
      change(fs);
      if (random.nextInt(4) == 0) {
        int begun = events.getAsInt();
        fs.sync();
        synced(begun);
        afterSync.run();
      }
    }
    int begun = events.getAsInt();
    fs.close();
    synced(begun);
  }

  private void synced(int begun) {
    syncs.add(new Synced(begun, events.getAsInt(), new HashMap<>(files)));
  }

  private void change(Ext2FileSystem fs) throws IOException {
    String name = randomName();
    Ext2Inode file = find(fs, name);
    int kind = file == null ? 0 : 1 + random.nextInt(4);
    String other = kind == 4 ? randomName() : name;
    changes.add(new Change(events.getAsInt(), List.of(name, other)));
    switch (kind) {
      case 0, 1 -> {
        if (file == null) {
          file = fs.create(parent(fs, name), last(name), 0644, 0, 0);
        }
        byte[] old = files.getOrDefault(name, new byte[0]);
        int at = random.nextInt(old.length + 5000);
        byte[] data =
            DeviceBytes.random(
                1 + random.nextInt(random.nextInt(3) == 0 ? 300_000 : 6000), random.nextLong());
        fs.write(file, at, ByteBuffer.wrap(data));
        byte[] now = Arrays.copyOf(old, Math.max(old.length, at + data.length));
        System.arraycopy(data, 0, now, at, data.length);
        files.put(name, now);
      }
      case 2 -> {
        byte[] old = files.get(name);
        int length = random.nextInt(old.length + 1);
        fs.truncate(file, length);
        files.put(name, Arrays.copyOf(old, length));
      }
      case 3 -> {
        fs.unlink(parent(fs, name), last(name));
        files.remove(name);
        removeIfEmpty(fs, "a");
      }
      default -> {
        fs.rename(parent(fs, name), last(name), parent(fs, other), last(other), RenameMode.REPLACE);
        files.put(other, files.get(name));
        if (!other.equals(name)) {
          files.remove(name);
        }
      }
    }
  }

  private String randomName() {
    return DIRECTORIES.get(random.nextInt(DIRECTORIES.size())) + "file" + random.nextInt(NAMES);
  }

  private static byte[] last(String path) {
    return bytes(path.substring(path.lastIndexOf('/') + 1));
  }

  private static @Nullable Ext2Inode find(Ext2FileSystem fs, String path) throws IOException {
    Ext2Inode at = fs.root();
    for (String name : path.split("/", -1)) {
      at = at == null ? null : fs.lookup(at, bytes(name));
    }
    return at;
  }

  /** The directory that a path's last name is in; it is made if there is none. */
  private static Ext2Inode parent(Ext2FileSystem fs, String path) throws IOException {
    Ext2Inode at = fs.root();
    for (int from = 0, end; (end = path.indexOf('/', from)) >= 0; from = end + 1) {
      byte[] name = bytes(path.substring(from, end));
      Ext2Inode next = fs.lookup(at, name);
      at = next != null ? next : fs.mkdir(at, name, 0755, 0, 0);
    }
    return at;
  }

  private void removeIfEmpty(Ext2FileSystem fs, String directory) throws IOException {
    if (files.keySet().stream().noneMatch(name -> name.startsWith(directory + "/"))
        && fs.lookup(fs.root(), bytes(directory)) != null) {
      fs.rmdir(fs.root(), bytes(directory));
    }
  }

  /** Fails unless the volume is what it was at the last sync before an event, or the one then. */
  void assertHolds(BlockDevice device, int event) throws IOException {
    Synced last = syncs.getFirst();
    Synced going = last;
    for (Synced sync : syncs) {
      last = sync.done <= event ? sync : last;
      going = sync.begun <= event ? sync : going;
    }
    Map<String, byte[]> found = new TreeMap<>();
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      assertTrue(fs.info().cleanAtMount());
      for (String directory : DIRECTORIES) {
        for (int i = 0; i < NAMES; i++) {
          String name = directory + "file" + i;
          Ext2Inode file = find(fs, name);
          if (file != null) {
            found.put(name, Volumes.readAll(fs, file));
          }
        }
      }
    }
    if (!same(last.files, found)) {
      assertTrue(same(going.files, found), "neither the last sync nor the one going on");
    }
  }

  private static boolean same(Map<String, byte[]> expected, Map<String, byte[]> found) {
    return expected.keySet().equals(found.keySet())
        && expected.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), found.get(e.getKey())));
  }

  /** Fails unless every file is there that was not changed since the last sync before an event. */
  void assertKeeps(BlockDevice device, int event) throws IOException {
    Synced last = syncs.getFirst();
    for (Synced sync : syncs) {
      last = sync.done <= event ? sync : last;
    }
    Map<String, byte[]> kept = new TreeMap<>(last.files);
    for (Change change : changes) {
      if (change.begun >= last.done && change.begun <= event) {
        change.names.forEach(kept::remove);
      }
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      for (Map.Entry<String, byte[]> entry : kept.entrySet()) {
        Ext2Inode file = find(fs, entry.getKey());
        assertNotNull(file, entry.getKey());
        assertArrayEquals(entry.getValue(), Volumes.readAll(fs, file), entry.getKey());
      }
    }
  }
}
