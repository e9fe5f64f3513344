import org.jspecify.annotations.NullMarked;

/** The ext2 file system on the BlockDevice SPI. */
@NullMarked
@SuppressWarnings("module") // the digit belongs to the file system's name
module io.rookery.ext2 {
  requires static transitive org.jspecify;
}
