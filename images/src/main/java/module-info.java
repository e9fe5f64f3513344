import org.jspecify.annotations.NullMarked;

/** Builds Debian root file systems from a mirror. */
@NullMarked
@SuppressWarnings("requires-automatic") // aircompressor has no module descriptor
module io.rookery.images {
  requires aircompressor;
  requires com.google.common;
  requires io.rookery;
  requires io.rookery.ext2;
  requires org.apache.commons.compress;
  requires org.bouncycastle.pg;
  requires org.bouncycastle.provider;
  requires org.tukaani.xz;
  requires static transitive org.jspecify;
}
