import org.jspecify.annotations.NullMarked;

/** Runs unmodified Linux x86 programs inside the JVM. Start with {@link io.rookery.Vm}. */
@NullMarked
@SuppressWarnings("module") // io.rookery.images comes after this one
module io.rookery {
  requires com.google.common;
  requires transitive io.rookery.cpu;
  requires transitive io.rookery.ext2;
  requires io.rookery.linux;
  requires io.rookery.mmu;
  requires transitive io.rookery.tcpip;
  requires static transitive org.jspecify;

  exports io.rookery;
  exports io.rookery.trust to
      io.rookery.images;
}
