package io.rookery.examples;

import io.rookery.GuestProcess;
import io.rookery.ProgramStartException;
import io.rookery.Vm;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rookery run}: one program with this JVM's own standard streams. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Runs a program; its exit status is the command's (128 + signal when killed).")
final class RunCommand implements Callable<Integer> {
  @Mixin private MachineOptions options = new MachineOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "PROGRAM [ARGS]",
      description = "the program and its arguments")
  private List<String> command = List.of();

  @Override
  public Integer call() throws Exception {
    try (Vm vm = options.start()) {
      int status = run(vm);
      Statistics.print(options, vm);
      return status;
    }
  }

  private int run(Vm vm) throws Exception {
    GuestProcess process;
    try {
      process = options.program(vm, command).inheritIO().start();
    } catch (ProgramStartException e) {
      System.err.println("rookery: " + e.getMessage());
      return e.errno().equals("ENOENT") ? Rookery.NOT_FOUND : Rookery.NOT_EXECUTABLE;
    }
    HostSignals.forwardTo(process);
    return process.waitFor();
  }
}
