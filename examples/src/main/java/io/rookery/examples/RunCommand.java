package io.rookery.examples;

import io.rookery.GuestProcess;
import io.rookery.GuestProcessBuilder;
import io.rookery.ProgramStartException;
import io.rookery.Vm;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

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

  @Option(
      names = "--repeat",
      paramLabel = "N",
      description = "run the program N times; standard output of the last is shown")
  private int repeat = 1;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (repeat < 1 && spec != null) {
      throw new ParameterException(spec.commandLine(), "--repeat: 1 or more, not " + repeat);
    }
    try (Vm vm = options.start()) {
      int status = repeat == 1 ? run(vm, true) : runRepeatedly(vm);
      Statistics.print(options, vm);
      return status;
    }
  }

  /** The runs share the VM, so the later ones show how fast it is once it is warm. */
  private int runRepeatedly(Vm vm) throws Exception {
    RepeatableInput input = new RepeatableInput();
    int status = 0;
    for (int i = 1; i <= repeat; i++) {
      input.rewind();
      Stopwatch watch = new Stopwatch();
      status = run(vm, i == repeat);
      System.err.println("run " + i + ": " + watch.elapsed() + ", status " + status);
    }
    return status;
  }

  private int run(Vm vm, boolean output) throws Exception {
    GuestProcessBuilder program = options.program(vm, command).inheritIO();
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
