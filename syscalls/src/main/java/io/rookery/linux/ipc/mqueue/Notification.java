package io.rookery.linux.ipc.mqueue;

import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to hear that a queue is no longer empty (mq_notify(3)).
 *
 * @param kind SIGEV_NONE, SIGEV_SIGNAL or SIGEV_THREAD
 * @param signal 0 for none
 * @param cookie what the C library's thread waits for, with a last byte to be set
 * @param socket where the cookie goes
 */
public record Notification(
    ThreadGroup owner,
    int kind,
    int signal,
    long value,
    byte @Nullable [] cookie,
    @Nullable Consumer<byte[]> socket) {
  public static final int SIGEV_SIGNAL = 0;
  public static final int SIGEV_NONE = 1;
  public static final int SIGEV_THREAD = 2;

  /** Bytes of a cookie. */
  public static final int COOKIE = 32;

  private static final int WOKENUP = 1;
  private static final int REMOVED = 2;

  /** A message came. */
  void arrived(Task sender) {
    if (kind == SIGEV_SIGNAL && signal != 0) {
      owner.signal(
          SigInfo.messageQueue(signal, sender.process().pid(), sender.credentials().uid(), value));
    }
    tell(WOKENUP);
  }

  /** It was taken back. */
  void removed() {
    tell(REMOVED);
  }

  private void tell(int code) {
    if (cookie != null && socket != null) {
      byte[] message = cookie.clone();
      message[COOKIE - 1] = (byte) code;
      socket.accept(message);
    }
  }
}
