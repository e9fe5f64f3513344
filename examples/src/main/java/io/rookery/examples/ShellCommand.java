package io.rookery.examples;

import io.rookery.GuestProcess;
import io.rookery.Vm;
import io.rookery.WindowSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** {@code rookery shell}: bash on the terminal, or one command. */
final class ShellCommand extends Command {
  private static final String COMMAND = "c";

  ShellCommand() {
    super(
        "rookery shell [OPTIONS] [-c COMMAND]",
        "An interactive bash on this terminal, or one command.");
    MachineOptions.addTo(options());
    options()
        .addOption(
            Option.builder(COMMAND).hasArg().argName("COMMAND").desc("run this and end").get());
  }

  @Override
  int run(CommandLine line) throws Exception {
    Vm.prepare();
    MachineOptions machine = new MachineOptions(line);
    if (!line.getArgList().isEmpty()) {
      throw new UsageException("a program is started by rookery run: " + line.getArgList());
    }
    String command = line.getOptionValue(COMMAND);
    try (Vm vm = machine.start()) {
      int status = command != null ? single(vm, machine, command) : interactive(vm, machine);
      Statistics.print(machine, vm);
      return status;
    }
  }

  private static int single(Vm vm, MachineOptions options, String line) throws Exception {
    GuestProcess process =
        options.program(vm, List.of("/bin/bash", "-c", line)).inheritIO().start();
    HostSignals.forwardTo(process);
    return process.waitFor();
  }

  private static int interactive(Vm vm, MachineOptions options) throws Exception {
    if (!HostTerminal.present()) {
      // No terminal: the commands come from standard input.
      return options.program(vm, List.of("/bin/bash")).inheritIO().start().waitFor();
    }
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(false).build()) {
      Attributes saved = terminal.enterRawMode();
      try {
        return onTerminal(vm, options, terminal);
      } finally {
        terminal.setAttributes(saved);
      }
    }
  }

  private static int onTerminal(Vm vm, MachineOptions options, Terminal terminal) throws Exception {
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
