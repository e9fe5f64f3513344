package io.rookery;

/** How guest code is run. */
public enum EngineKind {
  /** Interpreted until it is hot, then compiled to JVM bytecode. */
  JIT,

  /** Interpreted only: slower, with nothing compiled; the same results. */
  INTERPRETER
}
