package io.rookery.images;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.DeviceFullException;
import io.rookery.images.BuildListener.Phase;
import io.rookery.images.fetch.HostFileException;
import io.rookery.images.repo.PackageEntry;
import io.rookery.images.root.Ext2RootWriter;
import io.rookery.images.root.RootBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * An image on its way: it is made under a temporary name beside its own and renamed when it is
 * complete, or deleted. The same packages give the same bytes.
 */
final class ImageFile {
  /** Names in use by this process: a file that only carries our process id is an old leftover. */
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

  private static final String TEMPORARY = ".tmp-";

  private static final long CACHE_BYTES = 64L << 20;

  private final Path out;
  private final Path temporary;
  private final boolean overwrite;
  private final long size;
  private final String label;
  private final Instant time;

  ImageFile(Path out, boolean overwrite, long size, String label, Instant time) {
    this.out = out.toAbsolutePath();
    this.temporary =
        this.out.resolveSibling(out.getFileName() + TEMPORARY + ProcessHandle.current().pid());
    this.overwrite = overwrite;
    this.size = size;
    this.label = label;
    this.time = time;
  }

  /** Deletes what builds that were killed have left; only for who keeps other builders out. */
  static void deleteLeftovers(Path out) throws IOException {
    String prefix = out.getFileName() + TEMPORARY;
    try (Stream<Path> files = Files.list(out.toAbsolutePath().getParent())) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith(prefix)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Makes the image of packages, which are estimated to need a number of bytes. */
  void fill(
      BuildListener listener,
      RootBuilder builder,
      Map<PackageEntry, Path> packages,
      long needed,
      ImageFinisher finisher) {
    if (!IN_USE.add(temporary)) {
      throw new ImageException(out + ": is being built already");
    }
    Thread cleaner = new Thread(this::delete, "rookery-images-cleaner");
    Runtime.getRuntime().addShutdownHook(cleaner);
    try {
      HostFileException.guard(temporary, () -> Files.deleteIfExists(temporary));
      write(builder, packages);
      listener.progress(Phase.FINISH, "", 0, 0);
      finisher.finish(temporary);
      if (!overwrite && Files.exists(out)) {
        throw new ImageException(out + ": has come into being while it was built");
      }
      HostFileException.guard(
          out, () -> Files.move(temporary, out, StandardCopyOption.ATOMIC_MOVE));
    } catch (DeviceFullException e) {
      throw new DiskFullException("the device of the image is full: " + out, e);
    } catch (Ext2Exception e) {
      throw translate(e, needed);
    } catch (IOException e) {
      throw HostFileException.of(temporary, e);
    } finally {
      delete();
      IN_USE.remove(temporary);
      removeHook(cleaner);
    }
  }

  private void write(RootBuilder builder, Map<PackageEntry, Path> packages) throws IOException {
    try (BlockDevice device = BlockDevices.createFile(temporary, size)) {
      Ext2.format(
          device,
          FormatOptions.defaults()
              .withLabel(label)
              .withReservedPercent(0)
              .withUuid(identity(packages))
              .withTime(time));
      MountOptions options =
          MountOptions.readWrite()
              .withCacheBytes(CACHE_BYTES)
              .withPacked(true)
              .withClock(InstantSource.fixed(time));
      try (Ext2FileSystem volume = Ext2FileSystem.open(device, options);
          Ext2RootWriter writer = new Ext2RootWriter(volume)) {
        builder.build(writer, packages, time);
      }
      device.flush();
    }
  }

  /** A volume's identity follows from its contents, so that a build can be repeated. */
  private UUID identity(Map<PackageEntry, Path> packages) {
    StringBuilder text = new StringBuilder(label).append(size);
    packages.keySet().forEach(entry -> text.append(entry.sha256()));
    return UUID.nameUUIDFromBytes(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private ImageException translate(Ext2Exception e, long needed) {
    if (e.reason() == Ext2Exception.Reason.ENOSPC) {
      return new DiskFullException(
          out + ": an image of " + size + " bytes is too small for packages of about " + needed, e);
    }
    return new ImageException(out + ": " + e.getMessage(), e);
  }

  private void delete() {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // Nothing more can be done; the name says that it is temporary.
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook runs anyway.
    }
  }
}
