package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does random operations to a volume and to a model of it, and compares them. */
final class ModelSession {
  private static final int MAX_FILE = 400_000;
  private static final String MODE = "unix:mode";

  private final BlockDevice device;
  private final MountOptions options;
  private final Random random;
  private final ModelFile root = new ModelFile(FileType.DIRECTORY, 0755);
  private final List<ModelFile> files = new ArrayList<>();
  private final List<ModelFile> directories = new ArrayList<>(List.of(root));
  private final Map<ModelFile, Ext2Inode> open = new HashMap<>();
  private Ext2FileSystem fs;
  private int counter;

  ModelSession(BlockDevice device, MountOptions options, long seed) throws IOException {
    this.device = device;
    this.options = options;
    this.random = new Random(seed);
    this.fs = Ext2FileSystem.open(device, options);
    fs.rmdir(fs.root(), bytes("lost+found"));
    root.links = 2;
  }

  void run(int operations) throws IOException {
    for (int i = 0; i < operations; i++) {
      try {
        step();
      } catch (Ext2Exception e) {
        if (e.reason() != Reason.ENOSPC) {
          throw new AssertionError("operation " + i, e);
        }
        compare(); // a refused operation has changed nothing
      }
    }
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private String newName() {
    counter++;
    return "n" + counter + "x".repeat(random.nextInt(30) == 0 ? 200 : random.nextInt(20));
  }

  private Ext2Inode inode(ModelFile file) throws IOException {
    Ext2Inode held = open.get(file);
    if (held != null) {
      return held;
    }
    if (file == root) {
      return fs.root();
    }
    for (ModelFile dir : directories) {
      for (Map.Entry<String, ModelFile> entry : dir.entries.entrySet()) {
        if (entry.getValue() == file) {
          Ext2Inode inode = fs.lookup(inode(dir), bytes(entry.getKey()));
          assertNotNull(inode, entry.getKey());
          return inode;
        }
      }
    }
    throw new AssertionError("the model lost a file");
  }

  private @Nullable String anyName(ModelFile dir) {
    return dir.entries.isEmpty() ? null : pick(new ArrayList<>(dir.entries.keySet()));
  }

  private void step() throws IOException {
    ModelFile dir = pick(directories);
    switch (random.nextInt(20)) {
      case 0, 1, 2 -> make(dir, FileType.REGULAR);
      case 3 -> make(dir, random.nextInt(4) == 0 ? FileType.DIRECTORY : FileType.SYMLINK);
      case 4 -> make(dir, FileType.DIRECTORY);
      case 5, 6, 7, 8 -> write();
      case 9 -> truncate();
      case 10 -> remove(dir);
      case 11, 12 -> rename(dir, pick(directories));
      case 13 -> link(dir);
      case 14 -> xattr();
      case 15 -> holdOrRelease();
      case 16 -> {
        if (random.nextInt(3) == 0) {
          allocate();
        } else {
          punch();
        }
      }
      case 17 -> check();
      case 18 -> {
        if (random.nextInt(4) == 0) {
          fs.sync();
        }
      }
      default -> {
        if (random.nextInt(10) == 0) {
          remount();
        } else if (random.nextInt(10) == 0) {
          many(dir);
        }
      }
    }
  }

  private void make(ModelFile dir, FileType type) throws IOException {
    String name = newName();
    ModelFile file = new ModelFile(type, type == FileType.SYMLINK ? 0777 : random.nextInt(01000));
    Ext2Inode parent = inode(dir);
    switch (type) {
      case DIRECTORY -> {
        fs.mkdir(parent, bytes(name), file.mode, 5, 6);
        file.links = 2;
        file.parent = dir;
        dir.links++;
        directories.add(file);
      }
      case SYMLINK -> {
        byte[] target = bytes("t".repeat(1 + random.nextInt(200)));
        fs.symlink(parent, bytes(name), target, 5, 6);
        file.data = target;
        file.links = 1;
      }
      default -> {
        fs.create(parent, bytes(name), file.mode, 5, 6);
        file.links = 1;
        files.add(file);
      }
    }
    dir.entries.put(name, file);
  }

  private void many(ModelFile dir) throws IOException {
    for (int i = random.nextInt(300); i > 0; i--) {
      make(dir, FileType.REGULAR);
    }
  }

  private int position() {
    return random.nextInt(random.nextBoolean() ? MAX_FILE : 5000);
  }

  private void write() throws IOException {
    if (files.isEmpty()) {
      return;
    }
    ModelFile file = pick(files);
    int at = random.nextBoolean() ? file.data.length : position();
    if (at > MAX_FILE) {
      at = 0;
    }
    byte[] data = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 150_000 : 6000)];
    random.nextBytes(data);
    ByteBuffer source = ByteBuffer.wrap(data);
    int n = fs.write(inode(file), at, source);
    assertEquals(n, source.position());
    file.write(at, Arrays.copyOf(data, n));
  }

  private void truncate() throws IOException {
    if (!files.isEmpty()) {
      ModelFile file = pick(files);
      int size = position();
      fs.truncate(inode(file), size);
      file.data = Arrays.copyOf(file.data, size);
    }
  }

  private void punch() throws IOException {
    if (!files.isEmpty()) {
      ModelFile file = pick(files);
      int from = position();
      int length = random.nextInt(100_000);
      fs.punchHole(inode(file), from, length);
      int end = Math.min(file.data.length, from + length);
      if (from < end) {
        Arrays.fill(file.data, from, end, (byte) 0);
      }
    }
  }

  private void allocate() throws IOException {
    if (!files.isEmpty()) {
      ModelFile file = pick(files);
      int from = position();
      int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 100_000 : 5000);
      boolean extend = random.nextBoolean();
      fs.allocate(inode(file), from, length, extend);
      if (extend && from + length > file.data.length) {
        file.data = Arrays.copyOf(file.data, from + length);
      }
    }
  }

  private void remove(ModelFile dir) throws IOException {
    String name = anyName(dir);
    if (name == null) {
      return;
    }
    ModelFile file = dir.entries.get(name);
    if (!file.isDirectory()) {
      fs.unlink(inode(dir), bytes(name));
      dir.entries.remove(name);
      dropped(file);
    } else if (file.entries.isEmpty()) {
      fs.rmdir(inode(dir), bytes(name));
      dir.entries.remove(name);
      dir.links--;
      directories.remove(file);
    } else {
      Volumes.assertReason(Reason.ENOTEMPTY, () -> fs.rmdir(inode(dir), bytes(name)));
    }
  }

  private void dropped(ModelFile file) {
    file.links--;
    if (file.links == 0 && !open.containsKey(file)) {
      files.remove(file);
    }
  }

  private void rename(ModelFile from, ModelFile to) throws IOException {
    String name = anyName(from);
    if (name == null) {
      return;
    }
    ModelFile file = from.entries.get(name);
    String other = random.nextBoolean() ? anyName(to) : null;
    String target = other == null ? newName() : other;
    ModelFile replaced = to.entries.get(target);
    Ext2Inode fromInode = inode(from);
    Ext2Inode toInode = inode(to);
    Reason refusal = refusal(file, to, replaced);
    if (refusal != null) {
      Volumes.assertReason(
          refusal,
          () -> fs.rename(fromInode, bytes(name), toInode, bytes(target), RenameMode.REPLACE));
      return;
    }
    fs.rename(fromInode, bytes(name), toInode, bytes(target), RenameMode.REPLACE);
    if (file == replaced) {
      return;
    }
    from.entries.remove(name);
    to.entries.put(target, file);
    if (file.isDirectory()) {
      from.links--;
      to.links++;
      file.parent = to;
    }
    if (replaced != null && replaced.isDirectory()) {
      to.links--;
      directories.remove(replaced);
    } else if (replaced != null) {
      dropped(replaced);
    }
  }

  private static @Nullable Reason refusal(
      ModelFile file, ModelFile to, @Nullable ModelFile replaced) {
    if (file.isDirectory() && to.isBelow(file)) {
      return Reason.EINVAL;
    }
    if (replaced == null || replaced == file) {
      return null;
    }
    if (file.isDirectory() != replaced.isDirectory()) {
      return file.isDirectory() ? Reason.ENOTDIR : Reason.EISDIR;
    }
    return replaced.entries.isEmpty() ? null : Reason.ENOTEMPTY;
  }

  private void link(ModelFile dir) throws IOException {
    if (!files.isEmpty()) {
      ModelFile file = pick(files);
      if (file.links > 0) {
        String name = newName();
        fs.link(inode(dir), bytes(name), inode(file));
        dir.entries.put(name, file);
        file.links++;
      }
    }
  }

  private void xattr() throws IOException {
    if (files.isEmpty()) {
      return;
    }
    ModelFile file = pick(files);
    String name = "user.a" + random.nextInt(6);
    if (random.nextInt(3) == 0 && file.xattrs.containsKey(name)) {
      fs.removeXattr(inode(file), bytes(name));
      file.xattrs.remove(name);
      return;
    }
    String value = "v".repeat(random.nextInt(random.nextInt(5) == 0 ? 150 : 40)) + counter;
    fs.setXattr(inode(file), bytes(name), bytes(value), XattrMode.SET);
    file.xattrs.put(name, value);
  }

  private void holdOrRelease() throws IOException {
    if (files.isEmpty()) {
      return;
    }
    ModelFile file = pick(files);
    Ext2Inode held = open.remove(file);
    if (held == null) {
      Ext2Inode inode = inode(file);
      inode.retain();
      open.put(file, inode);
    } else {
      held.release();
      if (file.links == 0) {
        files.remove(file);
      }
    }
  }

  /** A random part of a random file. */
  private void check() throws IOException {
    if (files.isEmpty()) {
      return;
    }
    ModelFile file = pick(files);
    int from = random.nextInt(file.data.length + 1);
    int length = random.nextInt(100_000);
    ByteBuffer read =
        random.nextBoolean() ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
    int n = fs.read(inode(file), from, read);
    assertEquals(Math.min(length, file.data.length - from), n);
    byte[] found = new byte[n];
    read.flip().get(found);
    assertArrayEquals(Arrays.copyOfRange(file.data, from, from + n), found);
  }

  private void remount() throws IOException {
    unmounted(() -> {});
  }

  /** Does something to the device while it is not mounted. */
  void unmounted(Ext2FileSystem.AtRest action) throws IOException {
    for (ModelFile file : open.keySet()) {
      if (file.links == 0) {
        files.remove(file);
      }
    }
    open.clear();
    fs.close();
    action.run();
    fs = Ext2FileSystem.open(device, options);
  }

  /** Compares everything. */
  void compare() throws IOException {
    compare(root, fs.root(), "");
  }

  private void compare(ModelFile model, Ext2Inode inode, String path) throws IOException {
    Ext2Attributes attributes = inode.attributes();
    assertEquals(model.links, attributes.links(), path + " links");
    assertEquals(model.type, attributes.type(), path);
    switch (model.type) {
      case DIRECTORY -> {
        Map<String, FileType> names = new HashMap<>();
        fs.list(
            inode,
            0,
            (name, number, type, next) ->
                names.put(new String(name, StandardCharsets.UTF_8), type) == null);
        names.keySet().removeAll(Set.of(".", ".."));
        assertEquals(model.entries.keySet(), names.keySet(), path);
        for (Map.Entry<String, ModelFile> entry : model.entries.entrySet()) {
          Ext2Inode child = fs.lookup(inode, bytes(entry.getKey()));
          assertNotNull(child, entry.getKey());
          assertEquals(entry.getValue().type, names.get(entry.getKey()));
          compare(entry.getValue(), child, path + "/" + entry.getKey());
        }
      }
      case SYMLINK -> assertArrayEquals(model.data, fs.readlink(inode), path);
      default -> {
        assertEquals(model.mode, attributes.mode() & 07777, path + " mode");
        assertArrayEquals(model.data, Volumes.readAll(fs, inode), path);
        Map<String, String> xattrs = new HashMap<>();
        for (byte[] name : fs.listXattr(inode)) {
          byte[] value = fs.getXattr(inode, name);
          assertNotNull(value);
          xattrs.put(
              new String(name, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8));
        }
        assertEquals(model.xattrs, xattrs, path);
      }
    }
  }

  /**
   * Compares everything with a copy that the host has made of the volume.
   *
   * @param whole whether it has the links and the extended attributes, too
   */
  void compare(Path copy, boolean whole) throws IOException {
    compare(root, copy, whole);
  }

  private static void compare(ModelFile model, Path copy, boolean whole) throws IOException {
    if (whole) {
      assertEquals(
          model.links,
          Files.getAttribute(copy, "unix:nlink", LinkOption.NOFOLLOW_LINKS),
          () -> copy + " links");
    }
    switch (model.type) {
      case DIRECTORY -> {
        Files.setAttribute(copy, MODE, 0700); // tests that are not root's read and remove it
        try (Stream<Path> names = Files.list(copy)) {
          assertEquals(
              model.entries.keySet(),
              names.map(path -> "" + path.getFileName()).collect(Collectors.toSet()),
              () -> "" + copy);
        }
        for (Map.Entry<String, ModelFile> entry : model.entries.entrySet()) {
          compare(entry.getValue(), copy.resolve(entry.getKey()), whole);
        }
      }
      case SYMLINK ->
          assertEquals(
              new String(model.data, StandardCharsets.UTF_8), "" + Files.readSymbolicLink(copy));
      default -> {
        assertEquals(model.mode, (int) Files.getAttribute(copy, MODE) & 07777, "" + copy);
        Files.setAttribute(copy, MODE, 0700);
        assertArrayEquals(model.data, Files.readAllBytes(copy), () -> "" + copy);
        if (whole) {
          assertEquals(model.xattrs, xattrs(copy), () -> "" + copy);
        }
        Files.setAttribute(copy, MODE, model.mode); // it may have other names
      }
    }
  }

  private static Map<String, String> xattrs(Path file) throws IOException {
    var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    Map<String, String> xattrs = new HashMap<>();
    for (String name : view.list()) {
      ByteBuffer value = ByteBuffer.allocate(view.size(name));
      view.read(name, value);
      xattrs.put("user." + name, StandardCharsets.UTF_8.decode(value.flip()).toString());
    }
    return xattrs;
  }

  /** Ends the session with a clean volume. */
  void close() throws IOException {
    remount();
    compare();
    fs.close();
  }

  Ext2FileSystem fs() {
    return fs;
  }
}
