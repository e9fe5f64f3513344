import org.jspecify.annotations.NullMarked;

/** x86 decoder, lifter, interpreter and just-in-time compiler. */
@NullMarked
module io.rookery.cpu {
  requires transitive io.rookery.mmu;
  requires jdk.unsupported;
  requires org.objectweb.asm;
  requires static transitive org.jspecify;

  exports io.rookery.cpu;
  exports io.rookery.cpu.ir;
}
