import org.jspecify.annotations.NullMarked;

/** x86 decoder, lifter, interpreter and just-in-time compiler. */
@NullMarked
@SuppressWarnings("module") // those modules are built after this one
module io.rookery.cpu {
  requires transitive io.rookery.mmu;
  requires jdk.jfr;
  requires jdk.unsupported;
  requires org.objectweb.asm;
  requires static transitive org.jspecify;

  exports io.rookery.cpu;
  exports io.rookery.cpu.ir;

  // What the VM wires together.
  exports io.rookery.cpu.engine to
      io.rookery,
      io.rookery.linux;
  exports io.rookery.cpu.jit to
      io.rookery,
      io.rookery.linux;

  // The XSAVE area, which signal frames hold.
  exports io.rookery.cpu.helper to
      io.rookery.linux;
}
