import org.jspecify.annotations.NullMarked;

/** Builds Debian root file systems from a mirror. */
@NullMarked
@SuppressWarnings("requires-automatic") // aircompressor carries no module descriptor
module io.rookery.images {
  requires aircompressor;
  requires io.rookery;
  requires io.rookery.ext2;
  requires java.net.http;
  requires org.apache.commons.compress;
  requires org.bouncycastle.pg;
  requires org.bouncycastle.provider;
  requires org.tukaani.xz;
  requires static transitive org.jspecify;

  exports io.rookery.images;
}
