package io.rookery.cpu.engine;

import io.rookery.cpu.Engine;
import io.rookery.cpu.jit.SynchronousCompiler;

/**
 * As {@link RookeryEngineTest}, with each block compiled when it is executed for the second time.
 */
class CompilingEngineTest extends RookeryEngineTest {
  @Override
  Engine newEngine() {
    return RookeryEngine.compiling(new SynchronousCompiler(), 0);
  }
}
