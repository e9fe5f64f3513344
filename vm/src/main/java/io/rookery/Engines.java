package io.rookery;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.Engine;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.jit.BackgroundCompiler;

/** Makes engines. */
final class Engines {
  /** Executions of a block until it is offered to the compiler; a guess, not tuned yet. */
  private static final int THRESHOLD = 2000;

  private Engines() {}

  static Engine make(EngineKind kind, CpuModel model) {
    return switch (kind) {
      case INTERPRETER -> RookeryEngine.interpreter(model);
      case JIT -> RookeryEngine.compiling(new BackgroundCompiler(), THRESHOLD, model);
    };
  }
}
