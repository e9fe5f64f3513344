package io.rookery.images.root;

import io.rookery.images.BadArchiveException;
import io.rookery.images.PackageConflictException;
import io.rookery.images.deb.DebFile;
import io.rookery.images.deb.DebFile.ControlFile;
import io.rookery.images.repo.ControlReader;
import io.rookery.images.repo.Replacement;
import io.rookery.images.root.RootWriter.Attributes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** Unpacks packages into a tree by dpkg's rules and enters them into dpkg's database. */
final class PackageUnpacker {
  private final RootTree tree;
  private final DpkgDatabase database;
  private final Map<String, Map<String, String>> controls = new HashMap<>();
  private final List<String> maintainerScripts = new ArrayList<>();

  PackageUnpacker(RootTree tree, DpkgDatabase database) {
    this.tree = tree;
    this.database = database;
  }

  /** The postinst scripts seen so far, in order. */
  List<String> maintainerScripts() {
    return maintainerScripts;
  }

  /**
   * Unpacks one package.
   *
   * @throws PackageConflictException if another one holds the same file and neither replaces it
   */
  void unpack(Path file, String name, String version) throws IOException {
    Unpacking unpacking = new Unpacking(name, version);
    DebFile.read(file, name + " " + version, unpacking);
    unpacking.finish();
  }

  private final class Unpacking implements DebFile.Visitor {
    private final String name;
    private final String version;
    private final List<String> paths = new ArrayList<>();
    private final Map<String, String> conffileSums = new LinkedHashMap<>();
    private Map<String, String> control = Map.of();
    private Map<String, ControlFile> files = Map.of();
    private Set<String> conffiles = Set.of();

    Unpacking(String name, String version) {
      this.name = name;
      this.version = version;
    }

    @Override
    public void control(Map<String, ControlFile> found) {
      files = found;
      ControlFile main = found.get("control");
      control = ControlReader.single(main == null ? "" : main.text(), name + ", control");
      if (!name.equals(control.get("Package")) || !version.equals(control.get("Version"))) {
        throw new BadArchiveException(
            name
                + ": expected version "
                + version
                + ", found "
                + control.get("Package")
                + " "
                + control.get("Version"));
      }
      controls.put(name, control);
      ControlFile list = found.get("conffiles");
      if (list != null) {
        conffiles =
            list.text()
                .lines()
                .filter(l -> l.startsWith("/"))
                .collect(Collectors.toUnmodifiableSet());
      }
      ControlFile script = found.get("postinst");
      if (script != null) {
        maintainerScripts.add(script.text());
      }
    }

    void finish() throws IOException {
      database.add(control, files, paths, conffileSums);
    }

    @Override
    public void entry(TarArchiveEntry entry, InputStream contents) throws IOException {
      String path = absolute(entry.getName());
      paths.add(path.equals("/") ? "/." : path);
      Attributes attributes =
          new Attributes(
              entry.getMode() & 07777,
              id(entry.getLongUserId()),
              id(entry.getLongGroupId()),
              entry.getLastModifiedTime().toInstant());
      if (entry.isDirectory()) {
        if (!path.equals("/")) {
          tree.directory(path, attributes, name);
        }
      } else if (!keepsOld(path, entry)) {
        make(entry, path, attributes, contents);
      }
    }

    private void make(
        TarArchiveEntry entry, String path, Attributes attributes, InputStream contents)
        throws IOException {
      if (entry.isSymbolicLink()) {
        tree.symlink(path, entry.getLinkName(), attributes, name);
      } else if (entry.isLink()) {
        tree.hardLink(path, absolute(entry.getLinkName()), name);
      } else if (entry.isCharacterDevice()) {
        special(entry, path, RootWriter.Special.CHARACTER_DEVICE, attributes);
      } else if (entry.isBlockDevice()) {
        special(entry, path, RootWriter.Special.BLOCK_DEVICE, attributes);
      } else if (entry.isFIFO()) {
        special(entry, path, RootWriter.Special.FIFO, attributes);
      } else if (conffiles.contains(path)) {
        DigestInputStream summed = new DigestInputStream(contents, md5());
        tree.file(path, attributes, summed, name);
        conffileSums.put(path, HexFormat.of().formatHex(summed.getMessageDigest().digest()));
      } else if (entry.isFile()) {
        tree.file(path, attributes, contents, name);
      } else {
        throw new BadArchiveException(name + ": " + path + " is of an unknown kind");
      }
    }

    private void special(
        TarArchiveEntry entry, String path, RootWriter.Special kind, Attributes attributes)
        throws IOException {
      tree.special(path, kind, entry.getDevMajor(), entry.getDevMinor(), attributes, name);
    }

    /** Whether another package's file stays in place of this one (Debian Policy 7.6). */
    private boolean keepsOld(String path, TarArchiveEntry entry) {
      RootTree.Node old = tree.node(path);
      if (old == null) {
        return false;
      }
      if (old.kind() == RootTree.Kind.SYMLINK
          && entry.isSymbolicLink()
          && old.target().equals(entry.getLinkName())) {
        return true;
      }
      Map<String, String> other = controls.get(old.owner());
      if (other == null || old.owner().equals(name)) {
        return false;
      }
      if (Replacement.allows(control, other)) {
        return false;
      }
      if (Replacement.allows(other, control)) {
        return true;
      }
      throw new PackageConflictException(
          path + " is in package " + old.owner() + " and in package " + name);
    }

    private int id(long value) {
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw new BadArchiveException(name + ": holds a file of user or group " + value);
      }
      return (int) value;
    }

    private String absolute(String tarName) {
      String path = tarName.startsWith("./") ? tarName.substring(1) : "/" + tarName;
      while (path.length() > 1 && path.endsWith("/")) {
        path = path.substring(0, path.length() - 1);
      }
      if (path.startsWith("//") || (path + "/").contains("/../")) {
        throw new BadArchiveException(name + ": holds the path " + tarName);
      }
      return path;
    }
  }

  /** dpkg keeps MD5 sums of configuration files, to see later whether somebody changed them. */
  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
