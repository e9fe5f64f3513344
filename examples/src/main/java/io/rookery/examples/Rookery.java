package io.rookery.examples;

import io.rookery.VmException;
import io.rookery.images.ImageException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code rookery} command. */
public final class Rookery {
  /**
   * Exit status for a fault of ours or of the host, as opposed to the guest's: what a shell gives
   * to what cannot be run.
   */
  static final int FAILED = 125;

  /** As a shell: the program was not found, or cannot be executed. */
  static final int NOT_FOUND = 127;

  static final int NOT_EXECUTABLE = 126;

  /** The command line makes no sense. */
  static final int MISUSED = 2;

  private static final String USAGE =
      """
      Runs Linux programs inside the JVM.

        rookery run [OPTIONS] PROGRAM [ARGUMENTS]    one program
        rookery shell [OPTIONS] [-c COMMAND]         bash on this terminal, or one command
        rookery image build [OPTIONS] OUT.ext2       a Debian root file system from a mirror
        rookery image info FILE                      what an image contains
        rookery image check FILE                     damage in an ext2, ext3 or ext4 image
        rookery image ls|cat FILE PATH               a directory or a file of an image
        rookery image cp FILE SOURCE TARGET          files out of an image, or into it (image:PATH)
        rookery image resize FILE SIZE               an ext2 image made larger or smaller
        rookery image prime FILE PROGRAM [ARGUMENTS] what a program reads is fetched first, over HTTP
        rookery image snapshot|commit|discard|rebase IMAGE OVERLAY...
                                                     overlays put on others, merged, emptied, moved
        rookery --version

      Each has a --help.
      """;

  private Rookery() {}

  /** Runs the command and ends the JVM with its status. */
  public static void main(String[] args) {
    int status = execute(List.of(args));
    System.out.flush();
    // Not exit: no guest thread or host reader must delay the end.
    Runtime.getRuntime().halt(status);
  }

  private static int execute(List<String> arguments) {
    try {
      return dispatch(arguments);
    } catch (VmException | ImageException | IOException e) {
      // One line for what a user can mend; the stack trace for our own defects.
      System.err.println("rookery: " + said(e));
      return FAILED;
    } catch (Exception e) {
      e.printStackTrace();
      return FAILED;
    }
  }

  /** Exceptions of java.nio.file say the file only: the rest is their type. */
  private static String said(Exception e) {
    boolean bare = e instanceof FileSystemException f && f.getReason() == null;
    return bare
        ? e.getClass().getSimpleName().replace("Exception", "") + ": " + e.getMessage()
        : String.valueOf(e.getMessage());
  }

  private static int dispatch(List<String> arguments) throws Exception {
    String first = arguments.isEmpty() ? "--help" : arguments.getFirst();
    switch (first) {
      case "-h", "--help" -> {
        System.out.print(USAGE);
        return arguments.isEmpty() ? MISUSED : 0;
      }
      case "-V", "--version" -> {
        System.out.println("rookery 0.1.0-SNAPSHOT");
        return 0;
      }
      default -> {
        // Below.
      }
    }
    int words = first.equals("image") ? Math.min(2, arguments.size()) : 1;
    Command command = command(String.join(" ", arguments.subList(0, words)));
    if (command == null) {
      System.err.print(USAGE);
      return MISUSED;
    }
    return command.execute(arguments.subList(words, arguments.size()));
  }

  private static @Nullable Command command(String name) {
    return switch (name) {
      case "run" -> new RunCommand();
      case "shell" -> new ShellCommand();
      case "image build" -> new ImageBuildCommand();
      case "image info" -> new ImageInfoCommand();
      case "image check" -> new ImageCheckCommand();
      case "image ls" -> new ImageListCommand();
      case "image cat" -> new ImageCatCommand();
      case "image cp" -> new ImageCopyCommand();
      case "image resize" -> new ImageResizeCommand();
      case "image prime" -> new ImagePrimeCommand();
      case "image snapshot" -> new OverlaySnapshotCommand();
      case "image commit" -> new OverlayCommitCommand();
      case "image discard" -> new OverlayDiscardCommand();
      case "image rebase" -> new OverlayRebaseCommand();
      case "train" -> new TrainCommand();
      default -> null;
    };
  }
}
