package io.rookery.linux.fs.synthetic;

import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A directory with a fixed set of entries, filled when the file system is made. */
public class SyntheticDirectory extends SyntheticInode {
  private final Map<Name, Inode> children = new LinkedHashMap<>();

  public SyntheticDirectory(SyntheticFileSystem fileSystem) {
    this(fileSystem, fileSystem.newIno(), 0555);
  }

  protected SyntheticDirectory(SyntheticFileSystem fileSystem, long ino, int permissions) {
    super(fileSystem, ino, FileMode.S_IFDIR | permissions);
  }

  /** Adds an entry. */
  public final SyntheticDirectory add(String name, Inode child) {
    children.put(Name.of(name), child);
    return this;
  }

  /** Adds a read-only text file. */
  public final SyntheticDirectory text(String name, Supplier<String> content) {
    return add(name, SyntheticText.of(fileSystem(), content));
  }

  /** Adds a file whose text never changes; a line feed is added. */
  public final SyntheticDirectory line(String name, String content) {
    return text(name, () -> content + "\n");
  }

  /** Adds a symbolic link. */
  public final SyntheticDirectory link(String name, String target) {
    byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
    return add(name, SyntheticLink.of(fileSystem(), bytes));
  }

  /** The subdirectory of that name, made if there is none. */
  public final SyntheticDirectory directory(String name) {
    Name n = Name.of(name);
    if (children.get(n) instanceof SyntheticDirectory d) {
      return d;
    }
    SyntheticDirectory d = new SyntheticDirectory(fileSystem());
    children.put(n, d);
    return d;
  }

  @Override
  protected long links() {
    return 2 + children.values().stream().filter(Inode::isDirectory).count();
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    return children.get(name);
  }

  @Override
  public List<DirEntry> list() {
    List<DirEntry> all = new ArrayList<>();
    children.forEach(
        (n, i) -> {
          long ino = i instanceof SyntheticInode s ? s.ino() : i.stat().ino();
          all.add(new DirEntry(n, ino, FileMode.directoryType(i.mode())));
        });
    return all;
  }
}
