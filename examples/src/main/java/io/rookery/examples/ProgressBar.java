package io.rookery.examples;

import io.rookery.images.BuildListener;
import java.io.PrintStream;
import java.util.Locale;

/** Shows an image build on one line of a terminal; elsewhere a line for each phase. */
final class ProgressBar implements BuildListener {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintStream out;
  private boolean terminal;
  private Phase phase = Phase.WAITING;
  private boolean begun;
  private long drawn;

  ProgressBar(PrintStream out) {
    this.out = out;
  }

  @Override
  public void progress(Phase now, String item, long done, long total) {
    boolean next = !begun || now != phase;
    begin();
    phase = now;
    if (!terminal) {
      if (next) {
        out.println("rookery: " + describe(now));
      }
      return;
    }
    long time = System.nanoTime();
    boolean last = now == Phase.FINISH || (total > 0 && done == total);
    if (next || last || time - drawn > REDRAW_NANOS) {
      drawn = time;
      draw(item, done, total);
    }
  }

  /** Looks for the terminal, which takes a while, only when there is something to show. */
  private void begin() {
    if (!begun) {
      begun = true;
      terminal = HostTerminal.present();
    }
  }

  private void draw(String item, long done, long total) {
    String bar = "";
    if (total > 0) {
      int filled = (int) (WIDTH * done / total);
      bar =
          String.format(
              Locale.ROOT,
              "[%s%s] %3d %% ",
              "#".repeat(filled),
              ".".repeat(WIDTH - filled),
              100 * done / total);
    }
    String line = describe(phase) + " " + bar + item;
    out.print("\r\033[K" + line.substring(0, Math.min(79, line.length())));
    if (phase == Phase.FINISH) {
      out.println();
    }
    out.flush();
  }

  @Override
  public void note(String message) {
    begin();
    out.println((terminal ? "\r\033[K" : "") + "rookery: " + message);
  }

  private static String describe(Phase phase) {
    return switch (phase) {
      case WAITING -> "waiting for another build of the image";
      case INDEX -> "reading the archive's indexes";
      case DOWNLOAD -> "downloading packages";
      case UNPACK -> "unpacking packages";
      case CONFIGURE -> "configuring";
      case FINISH -> "finishing the image";
    };
  }
}
