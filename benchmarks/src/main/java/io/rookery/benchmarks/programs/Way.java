package io.rookery.benchmarks.programs;

import java.util.List;
import java.util.Set;

/** How a program is run. */
enum Way {
  NATIVE("native"),
  QEMU("qemu-user"),
  COLD("Rookery, cold"),
  FIRST("first in a VM"),
  THIRD("third in a VM"),
  DEFAULT_COLD("cold, JVM's default flags"),
  DEFAULT_THIRD("third, JVM's default flags");

  /** Groups that compare Rookery with itself: how cost grows, and threads. */
  private static final Set<String> OWN = Set.of("growth", "threads");

  final String title;

  Way(String title) {
    this.title = title;
  }

  /** The ways in which programs of a group are run. */
  static List<Way> of(String group, boolean defaultFlags) {
    if (OWN.contains(group)) {
      return List.of(NATIVE, COLD);
    }
    return defaultFlags ? List.of(values()) : List.of(NATIVE, QEMU, COLD, FIRST, THIRD);
  }
}
