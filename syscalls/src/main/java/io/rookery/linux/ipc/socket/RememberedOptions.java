package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Options of socket(7) that mean nothing to a family, or that are hints: they are checked,
 * remembered and shown. Thread-safe.
 */
public final class RememberedOptions {
  public static final int SO_DEBUG = 1;
  public static final int SO_REUSEADDR = 2;
  public static final int SO_DONTROUTE = 5;
  public static final int SO_BROADCAST = 6;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_KEEPALIVE = 9;
  public static final int SO_OOBINLINE = 10;
  public static final int SO_PRIORITY = 12;
  public static final int SO_LINGER = 13;
  public static final int SO_REUSEPORT = 15;
  public static final int SO_PASSCRED = 16;
  public static final int SO_RCVLOWAT = 18;
  public static final int SO_SNDLOWAT = 19;
  public static final int SO_SNDBUFFORCE = 32;
  public static final int SO_RCVBUFFORCE = 33;

  /** net.core.rmem_max and wmem_max; a set size counts twice, for the kernel's own needs. */
  public static final int MOST_BUFFER = 212_992;

  private static final int LEAST_RECEIVE = 2304;
  private static final int LEAST_SEND = 4608;
  private static final int MOST_FORCED = 4 << 20;
  private static final int MOST_PRIORITY = 6;

  private final Map<Integer, Integer> values = new ConcurrentHashMap<>();

  /** Options at their defaults. */
  public RememberedOptions() {}

  /** Copies what a listener passes on to the connections that it accepts. */
  public void inherit(RememberedOptions from) {
    values.putAll(from.values);
    values.remove(SO_PRIORITY);
  }

  /** getsockopt(2) at SOL_SOCKET; ENOPROTOOPT for what is not here. */
  public byte[] get(int name) {
    return switch (name) {
      case SO_LINGER -> {
        int seconds = value(name, -1);
        byte[] linger = Arrays.copyOf(OptionBytes.of(seconds >= 0), 8);
        System.arraycopy(OptionBytes.of(Math.max(seconds, 0)), 0, linger, 4, 4);
        yield linger;
      }
      case SO_SNDBUF, SO_RCVBUF -> OptionBytes.of(value(name, MOST_BUFFER));
      case SO_RCVLOWAT, SO_SNDLOWAT -> OptionBytes.of(value(name, 1));
      case SO_PASSCRED -> OptionBytes.of(0);
      case SO_DEBUG,
          SO_REUSEADDR,
          SO_DONTROUTE,
          SO_BROADCAST,
          SO_KEEPALIVE,
          SO_OOBINLINE,
          SO_PRIORITY,
          SO_REUSEPORT ->
          OptionBytes.of(value(name, 0));
      default -> throw Errno.ENOPROTOOPT.exception();
    };
  }

  private int value(int name, int initial) {
    return values.getOrDefault(name, initial);
  }

  /** SO_RCVLOWAT. */
  public int receiveLowWater() {
    return value(SO_RCVLOWAT, 1);
  }

  /** setsockopt(2) at SOL_SOCKET; ENOPROTOOPT for what is not here. */
  public void set(Task task, int name, byte[] data) {
    int value = OptionBytes.intOf(data);
    switch (name) {
      case SO_DEBUG -> {
        if (value != 0 && !task.credentials().capable(Capability.NET_ADMIN)) {
          throw Errno.EACCES.exception();
        }
        values.put(name, value != 0 ? 1 : 0);
      }
      case SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_REUSEPORT ->
          values.put(name, value != 0 ? 1 : 0);
      case SO_PRIORITY -> {
        if ((value < 0 || value > MOST_PRIORITY)
            && !task.credentials().capable(Capability.NET_ADMIN)) {
          throw Errno.EPERM.exception();
        }
        values.put(name, value);
      }
      case SO_LINGER -> values.put(name, linger(data));
      case SO_SNDBUF, SO_SNDBUFFORCE, SO_RCVBUF, SO_RCVBUFFORCE ->
          values.put(isReceive(name) ? SO_RCVBUF : SO_SNDBUF, bufferSize(task, name, value));
      case SO_RCVLOWAT -> values.put(name, value < 0 ? Integer.MAX_VALUE : Math.max(value, 1));
      default -> throw Errno.ENOPROTOOPT.exception();
    }
  }

  private static boolean isReceive(int name) {
    return name == SO_RCVBUF || name == SO_RCVBUFFORCE;
  }

  /** What a struct linger says: seconds, or -1 for off. */
  public static int linger(byte[] data) {
    if (data.length < 8) {
      throw Errno.EINVAL.exception();
    }
    int seconds = OptionBytes.intOf(Arrays.copyOfRange(data, 4, 8));
    return OptionBytes.intOf(data) != 0 ? Math.max(seconds, 0) : -1;
  }

  /** The size that a buffer gets when {@code value} is asked for by an option. */
  public static int bufferSize(Task task, int name, int value) {
    boolean forced = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
    if (forced && !task.credentials().capable(Capability.NET_ADMIN)) {
      throw Errno.EPERM.exception();
    }
    int most = forced ? MOST_FORCED : MOST_BUFFER;
    int wanted = value < 0 ? (forced ? 0 : most) : Math.min(value, most);
    return Math.max(2 * wanted, isReceive(name) ? LEAST_RECEIVE : LEAST_SEND);
  }
}
