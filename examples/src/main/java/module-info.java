import org.jspecify.annotations.NullMarked;

/** The rookery command. */
@NullMarked
module io.rookery.examples {
  requires info.picocli;
  requires io.rookery;
  requires io.rookery.images;
  requires org.jline.terminal;
  requires static transitive org.jspecify;

  opens io.rookery.examples to
      info.picocli;
}
