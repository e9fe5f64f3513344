import org.jspecify.annotations.NullMarked;

/** The rookery command. */
@NullMarked
module io.rookery.examples {
  requires io.rookery;
  requires io.rookery.images;
  requires jdk.httpserver;
  requires org.apache.commons.cli;
  requires org.jline.terminal;
  requires static transitive org.jspecify;

  provides System.LoggerFinder with
      io.rookery.examples.LogLines;
}
