package io.rookery;

import io.rookery.cpu.Engine;
import io.rookery.cpu.engine.RookeryEngine;

/** Makes engines. */
final class Engines {
  private Engines() {}

  static Engine make(EngineKind kind) {
    return switch (kind) {
      case INTERPRETER -> RookeryEngine.interpreter();
      case JIT -> RookeryEngine.interpreter();
    };
  }
}
