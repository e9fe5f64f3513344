package io.rookery;

import com.google.common.collect.ImmutableList;
import io.rookery.linux.fs.HostStreams;
import io.rookery.linux.ipc.HostPipe;
import io.rookery.linux.kernel.ControllingTerminal;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.SpawnRequest;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.tty.HostConsole;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.Vfs;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The three standard streams of a program to start: guest descriptors, and the host's ends. */
final class StandardStreams {
  private final FileTable files;
  private final OutputStream input;
  private final InputStream output;
  private final InputStream errors;
  private final @Nullable ControllingTerminal terminal;
  private final @Nullable Consumer<WindowSize> resize;

  private StandardStreams(
      FileTable files,
      OutputStream input,
      InputStream output,
      InputStream errors,
      @Nullable ControllingTerminal terminal,
      @Nullable Consumer<WindowSize> resize) {
    this.files = files;
    this.input = input;
    this.output = output;
    this.errors = errors;
    this.terminal = terminal;
    this.resize = resize;
  }

  static StandardStreams open(
      Kernel kernel, RootFileSystem root, Login login, GuestProcessBuilder settings) {
    WindowSize size = settings.terminal;
    if (size != null) {
      return terminal(kernel, root, login, size);
    }
    if (settings.inherit) {
      return inherited(kernel, settings.discardOutput);
    }
    return pipes(kernel, settings.mergeErrors, settings.discardOutput);
  }

  private static FileTable table(
      Kernel kernel, FileDescription in, FileDescription out, FileDescription err) {
    FileTable files = new FileTable(kernel.limits().openFiles());
    files.install(in, false);
    files.install(out, false);
    files.install(err, false);
    return files;
  }

  /** A description that the guest writes to, and what comes out of it. */
  private record Output(FileDescription guest, InputStream host) {
    static Output pipe(Vfs vfs) {
      HostPipe.FromGuest pipe = HostPipe.fromGuest(vfs);
      return new Output(pipe.guest(), pipe.host());
    }

    static Output discarded(Vfs vfs) {
      return new Output(
          HostStreams.output(vfs, OutputStream.nullOutputStream()), InputStream.nullInputStream());
    }
  }

  private static StandardStreams pipes(Kernel kernel, boolean mergeErrors, boolean discardOutput) {
    Vfs vfs = kernel.vfs();
    HostPipe.ToGuest in = HostPipe.toGuest(vfs);
    Output out = discardOutput ? Output.discarded(vfs) : Output.pipe(vfs);
    Output err =
        mergeErrors ? new Output(out.guest(), InputStream.nullInputStream()) : Output.pipe(vfs);
    return new StandardStreams(
        table(kernel, in.guest(), out.guest(), err.guest()),
        in.host(),
        out.host(),
        err.host(),
        null,
        null);
  }

  private static StandardStreams terminal(
      Kernel kernel, RootFileSystem root, Login login, WindowSize size) {
    HostConsole console = HostConsole.open(kernel, root.namespace(), login.credentials().euid());
    console.resize(size.rows(), size.columns());
    FileDescription slave = console.openSlave();
    return new StandardStreams(
        table(kernel, slave, slave, slave),
        ConsoleStreams.keyboard(console),
        ConsoleStreams.screen(console),
        InputStream.nullInputStream(),
        console.controllingTerminal(),
        newSize -> console.resize(newSize.rows(), newSize.columns()));
  }

  private static StandardStreams inherited(Kernel kernel, boolean discardOutput) {
    OutputStream out =
        discardOutput ? OutputStream.nullOutputStream() : new FileOutputStream(FileDescriptor.out);
    Vfs vfs = kernel.vfs();
    return new StandardStreams(
        table(
            kernel,
            HostStreams.input(vfs, new FileInputStream(FileDescriptor.in)),
            HostStreams.output(vfs, out),
            HostStreams.output(vfs, new FileOutputStream(FileDescriptor.err))),
        OutputStream.nullOutputStream(),
        InputStream.nullInputStream(),
        InputStream.nullInputStream(),
        null,
        null);
  }

  SpawnRequest request(GuestProcessBuilder settings, Login login, RootFileSystem root) {
    Map<String, String> environment =
        settings.cleanEnvironment
            ? new LinkedHashMap<>()
            : login.environment(settings.terminal != null);
    environment.putAll(settings.environment);
    ImmutableList<String> variables =
        environment.entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .collect(ImmutableList.toImmutableList());
    String directory = settings.directory;
    if (directory == null) {
      directory = root.isDirectory(login.home()) ? login.home() : "/";
    }
    return new SpawnRequest(
        settings.command.getFirst(),
        ImmutableList.copyOf(settings.command),
        variables,
        directory,
        login.credentials(),
        files,
        root.newContext(),
        terminal);
  }

  GuestProcess process(ThreadGroup process) {
    return new GuestProcess(process, input, output, errors, resize);
  }

  void closeHostEnds() throws IOException {
    input.close();
    output.close();
    errors.close();
  }
}
