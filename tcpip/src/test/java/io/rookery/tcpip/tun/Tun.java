package io.rookery.tcpip.tun;

import io.rookery.tcpip.link.PacketSink;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A TUN device in a network namespace of its own. The namespace belongs to one thread: what runs in
 * {@link #inNamespace} opens its sockets there, and they stay there.
 */
@SuppressWarnings("restricted") // native calls are the point
final class Tun implements PacketSink {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final int O_RDWR_NONBLOCK = 02 | 04000;
  private static final int TUNSETIFF = 0x400454ca;
  private static final short IFF_TUN_NO_PI = 0x0001 | 0x1000;
  private static final int BATCH = 64;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle UNSHARE =
      function("unshare", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle OPEN =
      variadic("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle IOCTL =
      variadic("ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
  private static final MethodHandle READ =
      function(
          "read",
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_LONG);
  private static final MethodHandle WRITE =
      function(
          "write",
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_LONG);
  private static final MethodHandle POLL =
      function(
          "poll",
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT);
  private static final MethodHandle CLOSE =
      function("close", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private final int mtu;
  private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
  private final Thread namespace;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment out = arena.allocate(65_536);
  private int fd;
  private volatile boolean closed;
  private Thread reader;

  private Tun(int mtu) {
    this.mtu = mtu;
    namespace = Thread.ofPlatform().daemon().name("netns").start(this::serve);
  }

  /** A device up with these addresses, in a new namespace whose loopback is up, too. */
  static Tun open(int mtu, String v4, String v6) throws Exception {
    Tun tun = new Tun(mtu);
    tun.inNamespace(
        () -> {
          check("unshare", (int) UNSHARE.invoke(CLONE_NEWNET));
          MemorySegment path = tun.arena.allocateFrom("/dev/net/tun");
          tun.fd = check("open", (int) OPEN.invoke(path, O_RDWR_NONBLOCK));
          MemorySegment request = tun.arena.allocate(40);
          request.setString(0, "tun0");
          request.set(ValueLayout.JAVA_SHORT_UNALIGNED, 16, IFF_TUN_NO_PI);
          check("ioctl", (int) IOCTL.invoke(tun.fd, (long) TUNSETIFF, request));
          ip("link", "set", "lo", "up");
          ip("addr", "add", v4, "dev", "tun0");
          if (mtu >= 1280) {
            ip("-6", "addr", "add", v6, "dev", "tun0", "nodad");
          }
          ip("link", "set", "tun0", "mtu", Integer.toString(mtu), "txqueuelen", "5000", "up");
          return null;
        });
    return tun;
  }

  /** Why there can be no such device here; null if there can. */
  static String missing() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return "not Linux";
    }
    if (!"root".equals(System.getProperty("user.name"))) {
      return "not root";
    }
    if (!Files.isWritable(Path.of("/dev/net/tun"))) {
      return "no /dev/net/tun";
    }
    try {
      return new ProcessBuilder("ip", "-V").start().waitFor() == 0 ? null : "ip fails";
    } catch (Exception e) {
      return "no ip command (iproute2)";
    }
  }

  static void ip(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + ": " + said);
    }
  }

  private void serve() {
    try {
      while (!closed) {
        Runnable next = work.poll(100, TimeUnit.MILLISECONDS);
        if (next != null) {
          next.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs something on the thread that lives in the namespace. */
  <T> T inNamespace(ThrowingCallable<T> action) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    work.add(
        () -> {
          try {
            result.complete(action.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    return result.get(30, TimeUnit.SECONDS);
  }

  interface ThrowingCallable<T> {
    T call() throws Throwable;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public void attach(Receiver receiver) {
    reader = Thread.ofPlatform().daemon().name("tun").start(() -> read(receiver));
  }

  private void read(Receiver receiver) {
    MemorySegment poll = arena.allocate(8);
    MemorySegment[] slots = new MemorySegment[BATCH];
    for (int i = 0; i < BATCH; i++) {
      slots[i] = arena.allocate(mtu + 4);
    }
    try {
      while (!closed) {
        poll.set(ValueLayout.JAVA_INT, 0, fd);
        poll.set(ValueLayout.JAVA_SHORT, 4, (short) 1);
        if ((int) POLL.invoke(poll, 1L, 100) <= 0) {
          continue;
        }
        List<ByteBuffer> batch = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
          long count = (long) READ.invoke(fd, slots[i], (long) mtu + 4);
          if (count <= 0) {
            break;
          }
          byte[] copy = slots[i].asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
          batch.add(ByteBuffer.wrap(copy).asReadOnlyBuffer());
        }
        if (!batch.isEmpty()) {
          receiver.receive(batch);
        }
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void send(List<ByteBuffer> packets) {
    try {
      for (ByteBuffer packet : packets) {
        if (closed) {
          return;
        }
        int length = packet.remaining();
        MemorySegment.copy(MemorySegment.ofBuffer(packet), 0, out, 0, length);
        long _ = (long) WRITE.invoke(fd, out, (long) length);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (reader != null) {
        reader.join();
      }
      namespace.join();
      synchronized (this) {
        int _ = (int) CLOSE.invoke(fd);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static int check(String what, int result) {
    if (result < 0) {
      throw new IllegalStateException(what + " failed");
    }
    return result;
  }

  private static MethodHandle function(String name, ValueLayout result, ValueLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
  }

  private static MethodHandle variadic(String name, int fixed, ValueLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().find(name).orElseThrow(),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
        Linker.Option.firstVariadicArg(Math.min(fixed, arguments.length)));
  }
}
