package io.rookery.images;

import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.VolumeInfo;
import io.rookery.ext2.VolumeStatus;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.DeviceLockedException;
import io.rookery.images.fetch.HostFileException;
import io.rookery.images.repo.ControlReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an image holds.
 *
 * @param label the volume's name
 * @param size of the file system in bytes
 * @param used bytes in use
 * @param suite the code name in os-release, empty if there is none
 * @param version the system's version in os-release, empty if there is none
 * @param architecture of the packages, empty if there are none
 * @param packages as dpkg's database lists them, sorted by name
 */
public record ImageInfo(
    String label,
    UUID uuid,
    long size,
    long used,
    String suite,
    String version,
    String architecture,
    List<InstalledPackage> packages) {
  private static final int MAX_FILE = 64 << 20;

  /** Copies the list. */
  public ImageInfo {
    packages = List.copyOf(packages);
  }

  /**
   * Reads an image; any ext2 volume will do, one without Debian on it has no packages.
   *
   * @throws BadArchiveException if the file holds no ext2 volume or a damaged one
   * @throws ImageException if it cannot be read or is in use
   */
  public static ImageInfo read(Path image) {
    try (BlockDevice device = BlockDevices.openFileReadOnly(image);
        Ext2FileSystem volume = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      return read(device, volume, image);
    } catch (DeviceLockedException e) {
      throw new ImageException(image + ": is in use", e);
    } catch (Ext2Exception e) {
      throw new BadArchiveException(image + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw HostFileException.of(image, e);
    }
  }

  private static ImageInfo read(BlockDevice device, Ext2FileSystem volume, Path image)
      throws IOException {
    VolumeInfo info = volume.info();
    VolumeStatus status = volume.status();
    Map<String, String> release = osRelease(readFile(volume, "usr/lib/os-release"));
    List<InstalledPackage> packages = packages(readFile(volume, "var/lib/dpkg/status"), image);
    String architecture =
        packages.stream()
            .map(InstalledPackage::architecture)
            .filter(name -> !name.equals("all"))
            .findFirst()
            .orElse("");
    return new ImageInfo(
        info.label(),
        info.uuid(),
        device.size(),
        device.size() - status.freeBlocks() * status.blockSize(),
        release.getOrDefault("VERSION_CODENAME", ""),
        release.getOrDefault("PRETTY_NAME", ""),
        architecture,
        packages);
  }

  /** A file's contents, or none; links on the way are not followed. */
  private static byte[] readFile(Ext2FileSystem volume, String path) throws IOException {
    @Nullable Ext2Inode at = volume.root();
    for (String name : path.split("/", -1)) {
      at = at.isDirectory() ? volume.lookup(at, name.getBytes(StandardCharsets.UTF_8)) : null;
      if (at == null) {
        return new byte[0];
      }
    }
    if (at.type() != FileType.REGULAR || at.size() > MAX_FILE) {
      return new byte[0];
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) at.size());
    while (bytes.hasRemaining() && volume.read(at, bytes.position(), bytes) > 0) {
      // A read may give less than asked for.
    }
    return bytes.array();
  }

  private static List<InstalledPackage> packages(byte[] database, Path image) throws IOException {
    List<InstalledPackage> packages = new ArrayList<>();
    var reader =
        new ControlReader(new ByteArrayInputStream(database), image + ", dpkg's status", _ -> true);
    for (Map<String, String> stanza = reader.next(); stanza != null; stanza = reader.next()) {
      packages.add(
          new InstalledPackage(
              stanza.getOrDefault("Package", ""),
              stanza.getOrDefault("Version", ""),
              stanza.getOrDefault("Architecture", ""),
              stanza.getOrDefault("Status", "")));
    }
    return packages;
  }

  /** os-release(5): {@code NAME=value} lines, the value perhaps in quotes. */
  private static Map<String, String> osRelease(byte[] file) {
    Map<String, String> values = new HashMap<>();
    new String(file, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.indexOf('=') > 0 && !line.startsWith("#"))
        .forEach(
            line -> {
              String value = line.substring(line.indexOf('=') + 1).strip();
              values.put(
                  line.substring(0, line.indexOf('=')).strip(),
                  value.replaceAll("^[\"']|[\"']$", ""));
            });
    return values;
  }
}
