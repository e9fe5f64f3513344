package io.rookery.examples;

import java.io.File;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The jars and class folders that this test runs with, modules included. */
final class TestClassPath {
  private TestClassPath() {}

  static String get() {
    return Stream.of("jdk.module.path", "java.class.path")
        .map(name -> System.getProperty(name, ""))
        .filter(path -> !path.isEmpty())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
