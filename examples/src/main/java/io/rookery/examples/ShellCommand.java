package io.rookery.examples;

import io.rookery.GuestProcess;
import io.rookery.Vm;
import io.rookery.WindowSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rookery shell}: bash on the terminal, or one command. */
@Command(
    name = "shell",
    mixinStandardHelpOptions = true,
    description = "An interactive bash on this terminal, or one command.")
final class ShellCommand implements Callable<Integer> {
  @Mixin private MachineOptions options = new MachineOptions();

  @Option(names = "-c", paramLabel = "COMMAND", description = "run this and end")
  private @Nullable String command;

  @Override
  public Integer call() throws Exception {
    try (Vm vm = options.start()) {
      int status = command != null ? single(vm, command) : interactive(vm);
      Statistics.print(options, vm);
      return status;
    }
  }

  private int single(Vm vm, String line) throws Exception {
    GuestProcess process =
        options.program(vm, List.of("/bin/bash", "-c", line)).inheritIO().start();
    HostSignals.forwardTo(process);
    return process.waitFor();
  }

  private int interactive(Vm vm) throws Exception {
    if (!HostTerminal.present()) {
      // No terminal: the commands come from standard input.
      return options.program(vm, List.of("/bin/bash")).inheritIO().start().waitFor();
    }
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(false).build()) {
      Attributes saved = terminal.enterRawMode();
      try {
        return onTerminal(vm, terminal);
      } finally {
        terminal.setAttributes(saved);
      }
    }
  }

  private int onTerminal(Vm vm, Terminal terminal) throws Exception {
    GuestProcess process =
        options
            .program(vm, List.of("/bin/bash", "-l"))
            .terminal(window(terminal.getSize()))
            .start();
    terminal.handle(Terminal.Signal.WINCH, s -> process.resize(window(terminal.getSize())));
    Thread.ofPlatform()
        .daemon()
        .name("rookery-keyboard")
        .start(() -> pump(terminal.input(), process.getOutputStream()));
    pump(process.getInputStream(), terminal.output());
    return process.waitFor();
  }

  private static WindowSize window(Size size) {
    return new WindowSize(Math.max(size.getColumns(), 1), Math.max(size.getRows(), 1));
  }

  /** Copies until one side ends; each read is passed on at once. */
  private static void pump(InputStream from, OutputStream to) {
    byte[] buffer = new byte[8192];
    try {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        to.write(buffer, 0, n);
        to.flush();
      }
    } catch (IOException e) {
      // The program, or the terminal, has gone: so has what there was to copy.
    }
  }
}
