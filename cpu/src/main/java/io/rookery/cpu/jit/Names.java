package io.rookery.cpu.jit;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.ir.Flags;
import io.rookery.mmu.Access;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.Atomics;
import io.rookery.mmu.DirectAccess;
import io.rookery.mmu.GuestFault;

/** Internal names of the classes that emitted code mentions. */
final class Names {
  static final String UNIT = of(Unit.class);

  /** What every emitted class is called; hidden classes get a suffix. */
  static final String CODE = UNIT + "$Code";

  static final String BLOCK = of(Block.class);
  static final String CPU_STATE = of(CpuState.class);
  static final String ADDRESS_SPACE = of(AddressSpace.class);
  static final String ACCESS = of(Access.class);
  static final String DIRECT = of(DirectAccess.class);
  static final String ATOMICS = of(Atomics.class);
  static final String FLAGS = of(Flags.class);
  static final String GUEST_FAULT = of(GuestFault.class);
  static final String CPU_FAULT = of(CpuFault.class);
  static final String RUNTIME = of(UnitRuntime.class);

  private Names() {}

  private static String of(Class<?> type) {
    return type.getName().replace('.', '/');
  }
}
