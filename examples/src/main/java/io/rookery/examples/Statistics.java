package io.rookery.examples;

import io.rookery.Vm;

/** The output of {@code --stats}. */
final class Statistics {
  private Statistics() {}

  static void print(MachineOptions options, Vm vm) {
    if (options.stats) {
      vm.statistics().forEach((name, value) -> System.err.printf("%-32s %,16d%n", name, value));
    }
  }
}
