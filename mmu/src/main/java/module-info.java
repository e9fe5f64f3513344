import org.jspecify.annotations.NullMarked;

/** Guest address spaces: windows, permissions, frames, fork and file mappings. */
@NullMarked
module io.rookery.mmu {
  exports io.rookery.mmu;

  requires jdk.jfr;
  requires jdk.unsupported;
  requires static transitive org.jspecify;
}
