package io.rookery.examples;

import io.rookery.Vm;

/** The output of {@code --stats}. */
final class Statistics {
  private Statistics() {}

  static void print(MachineOptions options, Vm vm) {
    if (options.stats) {
      vm.statistics().forEach(Statistics::print);
      CpuTimes.now().forEach((kind, time) -> print("CPU milliseconds: " + kind, time));
    }
  }

  private static void print(String name, long value) {
    System.err.printf("%-32s %,16d%n", name, value);
  }
}
