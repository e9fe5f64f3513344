package io.rookery.images;

import io.rookery.images.BuildListener.Phase;
import io.rookery.images.fetch.HostFileException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/** The image that programs run in when none is named: one per user, built on first use. */
public final class DefaultImage {
  /** Raised whenever a build makes something else of the same packages. */
  private static final String RECIPE = "1";

  /** File locks belong to a process; its threads wait for each other here. */
  private static final ReentrantLock IN_PROCESS = new ReentrantLock();

  private DefaultImage() {}

  /** Where the image lies among this user's caches, whether it exists or not. */
  public static Path path() {
    return path(CacheFolder.ofUser(), ImageBuilder.debian());
  }

  private static Path path(Path cache, ImageBuilder recipe) {
    return cache
        .resolve("images")
        .resolve(recipe.suite() + "-" + recipe.arch() + "-" + RECIPE + ".ext2");
  }

  /**
   * The image of this user, which is built if it does not exist: once, however many processes ask.
   *
   * @param listener told how a build goes on, and nothing if there is none
   * @throws ImageException as {@link ImageBuilder#build}
   */
  public static Path locate(BuildListener listener) {
    return locate(CacheFolder.ofUser(), ImageBuilder.debian().listener(listener));
  }

  /**
   * The same for any recipe and cache folder: an image for each suite and architecture.
   *
   * @param cache a folder, made when needed
   * @param recipe how to build the image; {@code packages} and {@code size} count only when it does
   *     not exist yet
   */
  public static Path locate(Path cache, ImageBuilder recipe) {
    Path image = path(cache, recipe);
    if (Files.exists(image)) {
      return image;
    }
    Path lockFile = image.resolveSibling(image.getFileName() + ".lock");
    HostFileException.guard(lockFile, () -> Files.createDirectories(lockFile.getParent()));
    IN_PROCESS.lock();
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = lock(channel, recipe.listener())) {
      if (!Files.exists(image)) {
        ImageFile.deleteLeftovers(image);
        recipe.build(image);
      }
      return image;
    } catch (IOException e) {
      throw HostFileException.of(lockFile, e);
    } finally {
      IN_PROCESS.unlock();
    }
  }

  private static FileLock lock(FileChannel channel, BuildListener listener) throws IOException {
    FileLock lock = channel.tryLock();
    if (lock == null) {
      listener.progress(Phase.WAITING, "", 0, 0);
      lock = channel.lock();
    }
    return lock;
  }
}
