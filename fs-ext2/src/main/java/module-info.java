import org.jspecify.annotations.NullMarked;

/** The ext2 file system and the block devices it lives on; depends on nothing else of Rookery. */
@NullMarked
@SuppressWarnings("module") // the digit belongs to the file system's name
module io.rookery.ext2 {
  requires static transitive org.jspecify;

  exports io.rookery.ext2;
  exports io.rookery.ext2.block;
  exports io.rookery.ext2.check;
  exports io.rookery.ext2.nio;

  provides java.nio.file.spi.FileSystemProvider with
      io.rookery.ext2.nio.Ext2FileSystemProvider;
}
