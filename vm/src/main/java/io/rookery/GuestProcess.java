package io.rookery;

import io.rookery.linux.kernel.ExitStatus;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.ThreadGroup;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A program running in a guest. Its exit value is what it gave to exit(2), or 128 plus the number
 * of the signal that killed it. Thread-safe, but for the streams.
 */
public final class GuestProcess extends Process {
  private final ThreadGroup process;
  private final OutputStream input;
  private final InputStream output;
  private final InputStream errors;
  private final @Nullable Consumer<WindowSize> resize;

  GuestProcess(
      ThreadGroup process,
      OutputStream input,
      InputStream output,
      InputStream errors,
      @Nullable Consumer<WindowSize> resize) {
    this.process = process;
    this.input = input;
    this.output = output;
    this.errors = errors;
    this.resize = resize;
  }

  @Override
  public OutputStream getOutputStream() {
    return input;
  }

  @Override
  public InputStream getInputStream() {
    return output;
  }

  @Override
  public InputStream getErrorStream() {
    return errors;
  }

  /** The process id in the guest. */
  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public int waitFor() throws InterruptedException {
    try {
      return process.onExit().get().shellStatus();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    try {
      process.onExit().get(timeout, unit);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public CompletableFuture<Process> onExit() {
    return process.onExit().thenApply(status -> this);
  }

  @Override
  public boolean isAlive() {
    return !process.onExit().isDone();
  }

  @Override
  public int exitValue() {
    ExitStatus status = process.onExit().getNow(null);
    if (status == null) {
      throw new IllegalThreadStateException("process has not exited");
    }
    return status.shellStatus();
  }

  /** Sends SIGTERM. */
  @Override
  public void destroy() {
    signal(Signals.SIGTERM);
  }

  /** Sends SIGKILL. */
  @Override
  public Process destroyForcibly() {
    signal(Signals.SIGKILL);
    return this;
  }

  /** Yes: {@link #destroy} sends SIGTERM. */
  @Override
  public boolean supportsNormalTermination() {
    return true;
  }

  /**
   * Sends a signal to the process; nothing happens if it has ended. {@code number}: 1 to 64, as in
   * signal(7).
   */
  public void signal(int number) {
    if (number < 1 || number > 64) {
      throw new IllegalArgumentException("signal: 1 to 64, not " + number);
    }
    process.signal(SigInfo.kernel(number));
  }

  /**
   * Tells the program's terminal its new size.
   *
   * @throws IllegalStateException if it was started without {@link GuestProcessBuilder#terminal}
   */
  public void resize(WindowSize size) {
    if (resize == null) {
      throw new IllegalStateException("the program has no terminal");
    }
    resize.accept(size);
  }
}
