package io.rookery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a program to start in a guest. Not thread-safe; may be used again after {@link
 * #start}.
 */
public final class GuestProcessBuilder {
  private final Machine machine;
  final List<String> command;
  final Map<String, String> environment = new LinkedHashMap<>();
  boolean cleanEnvironment;
  @Nullable String directory;
  String user = "root";
  @Nullable WindowSize terminal;
  boolean mergeErrors;
  boolean inherit;
  boolean discardOutput;

  GuestProcessBuilder(Machine machine, List<String> command) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("no program given");
    }
    for (String word : command) {
      if (word.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("a NUL character in the command");
      }
    }
    this.machine = machine;
    this.command = new ArrayList<>(command);
  }

  /**
   * The working directory; by default the user's home directory, or {@code /} where that is
   * missing.
   */
  public GuestProcessBuilder directory(String path) {
    directory = Objects.requireNonNull(path);
    return this;
  }

  /**
   * Sets one variable, over the login environment (HOME, USER, LOGNAME, SHELL, PATH, LANG, on a
   * terminal TERM).
   */
  public GuestProcessBuilder environment(String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0 || (name + value).indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a variable: " + name + "=" + value);
    }
    environment.put(name, value);
    return this;
  }

  /** Sets variables, over the login environment. */
  public GuestProcessBuilder environment(Map<String, String> variables) {
    variables.forEach(this::environment);
    return this;
  }

  /** Leaves the login environment out: the program gets only the variables given here. */
  public GuestProcessBuilder cleanEnvironment() {
    cleanEnvironment = true;
    return this;
  }

  /**
   * The user: a name of the guest's {@code /etc/passwd}, {@code UID} or {@code UID:GID}; by default
   * root.
   */
  public GuestProcessBuilder user(String nameOrId) {
    user = Objects.requireNonNull(nameOrId);
    return this;
  }

  /**
   * Gives the program a new terminal as its three standard streams, which is also its controlling
   * terminal: {@link Process#getOutputStream} is the keyboard, {@link Process#getInputStream} the
   * screen.
   */
  public GuestProcessBuilder terminal(WindowSize size) {
    terminal = Objects.requireNonNull(size);
    return this;
  }

  /** Sends standard error where standard output goes. */
  public GuestProcessBuilder redirectErrorStream() {
    mergeErrors = true;
    return this;
  }

  /** Joins the program to this JVM's own standard input, output and error, byte by byte. */
  public GuestProcessBuilder inheritIO() {
    inherit = true;
    return this;
  }

  /** Throws standard output away; the program sees a pipe that takes everything. */
  public GuestProcessBuilder discardOutput() {
    discardOutput = true;
    return this;
  }

  /**
   * Starts the program.
   *
   * @throws ProgramStartException if it cannot be executed, or the user or directory does not exist
   * @throws IllegalStateException if the VM is closed
   */
  public GuestProcess start() throws IOException {
    return machine.start(this);
  }
}
