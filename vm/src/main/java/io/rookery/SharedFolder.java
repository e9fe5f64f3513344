package io.rookery;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where the JVMs of one user find each other's switches: for each a socket, a lock that the hub
 * holds, and what the next hub is to know. Nobody else may enter the folder. Thread-safe.
 */
final class SharedFolder {
  private static final String PRIVATE = "rwx------";
  private static final Object NUMBERS = new Object(); // a file lock belongs to the whole JVM
  private static final int FIRST_NUMBER = SwitchNetwork.MOST_HUBS + 1;
  private static final int LAST_NUMBER = 250;
  private static final String STATE = ".state";
  private static final String LOCK = ".lock";

  /**
   * What a hub leaves to the next.
   *
   * @param number of the network
   * @param lastHost the address given last
   */
  record State(int number, int lastHost) {}

  private final Path folder;

  private SharedFolder(Path folder) {
    this.folder = folder;
  }

  /** The folder of this user: in XDG_RUNTIME_DIR, or else beside other temporary files. */
  static SharedFolder ofUser() throws IOException {
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    Path base =
        runtime != null && Path.of(runtime).isAbsolute() && Files.isDirectory(Path.of(runtime))
            ? Path.of(runtime, "rookery")
            : Path.of(
                System.getProperty("java.io.tmpdir"),
                "rookery-" + System.getProperty("user.name", "user"));
    return at(base);
  }

  /**
   * A folder, which is made if need be.
   *
   * @throws IOException also if it is not this user's alone
   */
  static SharedFolder at(Path folder) throws IOException {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    try {
      if (posix) {
        var permissions = PosixFilePermissions.fromString(PRIVATE);
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(permissions));
      } else {
        Files.createDirectory(folder); // elsewhere a user's temporary files are the user's
      }
    } catch (FileAlreadyExistsException e) {
      // Whose it is, is looked at below.
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(folder.toString(), null, "no directory");
    }
    SharedFolder made = new SharedFolder(folder);
    if (posix) {
      made.checkPrivate();
    }
    return made;
  }

  private void checkPrivate() throws IOException {
    PosixFileAttributes attributes =
        Files.getFileAttributeView(folder, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .readAttributes();
    Path own = Files.createTempFile(folder, "owner", null);
    try {
      if (!attributes.owner().equals(Files.getOwner(own))
          || !attributes.permissions().equals(PosixFilePermissions.fromString(PRIVATE))) {
        throw new FileSystemException(
            folder.toString(), null, "it is not this user's alone (mode 0700)");
      }
    } finally {
      Files.deleteIfExists(own);
    }
  }

  /** Names are any text: files have a hash. Paths of sockets are short (unix(7): 108 bytes). */
  private Path file(String name, String suffix) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return folder.resolve(HexFormat.of().formatHex(hash, 0, 10) + suffix);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JDK has it
    }
  }

  /** Where the hub of a switch listens. */
  Path socket(String name) {
    return file(name, ".socket");
  }

  /** Takes the lock that makes this JVM a switch's hub; null if another one has it. */
  @Nullable FileLock tryLock(String name) throws IOException {
    FileChannel channel = open(file(name, LOCK));
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
    }
    return lock;
  }

  private static FileChannel open(Path lock) throws IOException {
    return FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** What the last hub left, or a number for a new switch. The caller holds its lock. */
  State state(String name, int firstHost) throws IOException {
    synchronized (NUMBERS) {
      try (FileChannel channel = open(folder.resolve("numbers.lock"));
          FileLock _ = channel.lock()) {
        State old = read(file(name, STATE));
        if (old != null) {
          return old;
        }
        State fresh = new State(freeNumber(), firstHost);
        write(name, fresh);
        return fresh;
      }
    }
  }

  private int freeNumber() throws IOException {
    Set<Integer> taken = new TreeSet<>();
    try (DirectoryStream<Path> states = Files.newDirectoryStream(folder, "*" + STATE)) {
      for (Path path : states) {
        State state = read(path);
        if (state != null && !isStale(path)) {
          taken.add(state.number);
        }
      }
    }
    for (int number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
      if (!taken.contains(number)) {
        return number;
      }
    }
    throw new FileSystemException(folder.toString(), null, "too many switches");
  }

  /**
   * Whether nobody is on a switch any more: all were killed. Old ones are forgotten after a day.
   */
  private static boolean isStale(Path state) throws IOException {
    long age = System.currentTimeMillis() - Files.getLastModifiedTime(state).toMillis();
    String name = state.getFileName().toString();
    Path lock = state.resolveSibling(name.substring(0, name.length() - STATE.length()) + LOCK);
    if (age < 24L * 3600 * 1000 || !Files.exists(lock)) {
      return age >= 24L * 3600 * 1000;
    }
    try (FileChannel channel = open(lock);
        FileLock held = channel.tryLock()) {
      if (held == null) {
        return false;
      }
      Files.deleteIfExists(state);
      return true;
    } catch (OverlappingFileLockException e) {
      return false; // this JVM is its hub
    }
  }

  private static @Nullable State read(Path file) throws IOException {
    try {
      String[] words = Files.readString(file, StandardCharsets.US_ASCII).strip().split(" ", -1);
      int number = Integer.parseInt(words[0]);
      int last = words.length == 2 ? Integer.parseInt(words[1]) : -1;
      boolean valid = number >= FIRST_NUMBER && number <= LAST_NUMBER && last > 0 && last < 255;
      return valid ? new State(number, last) : null;
    } catch (NoSuchFileException | NumberFormatException e) {
      return null; // damaged: as if it were not there
    }
  }

  /** Leaves a note for the next hub. */
  void write(String name, State state) throws IOException {
    Path file = file(name, STATE);
    Path fresh = file(name, ".new");
    Files.writeString(fresh, state.number + " " + state.lastHost + "\n");
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The last guest has left: there is no next hub to leave anything to. */
  void forget(String name) throws IOException {
    Files.deleteIfExists(file(name, STATE));
    Files.deleteIfExists(socket(name));
  }
}
