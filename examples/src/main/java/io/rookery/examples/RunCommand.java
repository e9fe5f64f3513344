package io.rookery.examples;

import io.rookery.GuestProcess;
import io.rookery.GuestProcessBuilder;
import io.rookery.ProgramStartException;
import io.rookery.Vm;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** {@code rookery run}: one program with this JVM's own standard streams. */
final class RunCommand extends Command {
  private static final String REPEAT = "repeat";

  RunCommand() {
    super(
        "rookery run [OPTIONS] PROGRAM [ARGUMENTS]",
        "Runs a program; its exit status is the command's (128 + signal when killed).");
    MachineOptions.addTo(options());
    options()
        .addOption(
            Option.builder()
                .longOpt(REPEAT)
                .hasArg()
                .argName("N")
                .desc("run the program N times; standard output of the last is shown")
                .get());
  }

  @Override
  int run(CommandLine line) throws Exception {
    Vm.prepare();
    MachineOptions machine = new MachineOptions(line);
    List<String> program = line.getArgList();
    if (program.isEmpty()) {
      throw new UsageException("no program given");
    }
    int repeat = repeat(line.getOptionValue(REPEAT, "1"));
    try (Vm vm = machine.start()) {
      int status =
          repeat == 1
              ? run(vm, machine, program, true)
              : runRepeatedly(vm, machine, program, repeat);
      Statistics.print(machine, vm);
      return status;
    }
  }

  private static int repeat(String number) {
    try {
      int n = Integer.parseInt(number);
      if (n > 0) {
        return n;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new UsageException("--repeat: 1 or more, not " + number);
  }

  /** The runs share the VM, so the later ones show how fast it is once it is warm. */
  private static int runRepeatedly(Vm vm, MachineOptions machine, List<String> command, int repeat)
      throws Exception {
    RepeatableInput input = new RepeatableInput();
    int status = 0;
    for (int i = 1; i <= repeat; i++) {
      input.rewind();
      Stopwatch watch = new Stopwatch();
      status = run(vm, machine, command, i == repeat);
      System.err.println("run " + i + ": " + watch.elapsed() + ", status " + status);
    }
    return status;
  }

  private static int run(Vm vm, MachineOptions machine, List<String> command, boolean output)
      throws Exception {
    GuestProcessBuilder program = machine.program(vm, command).inheritIO();
    if (!output) {
      program.discardOutput();
    }
    GuestProcess process;
    try {
      process = program.start();
    } catch (ProgramStartException e) {
      System.err.println("rookery: " + e.getMessage());
      return e.errno().equals("ENOENT") ? Rookery.NOT_FOUND : Rookery.NOT_EXECUTABLE;
    }
    HostSignals.forwardTo(process);
    return process.waitFor();
  }
}
