package io.rookery.images;

/** Passes calls on one after the other. */
final class SerialListener implements BuildListener {
  private final BuildListener listener;

  SerialListener(BuildListener listener) {
    this.listener = listener;
  }

  @Override
  public synchronized void progress(Phase phase, String item, long done, long total) {
    listener.progress(phase, item, done, total);
  }

  @Override
  public synchronized void note(String message) {
    listener.note(message);
  }
}
