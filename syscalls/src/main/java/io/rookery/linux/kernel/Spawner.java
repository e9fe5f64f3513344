package io.rookery.linux.kernel;

/** Makes processes that have no guest parent. */
final class Spawner {
  private Spawner() {}

  static ThreadGroup spawn(Kernel kernel, SpawnRequest q) {
    throw new UnsupportedOperationException("spawn " + kernel + q);
  }
}
