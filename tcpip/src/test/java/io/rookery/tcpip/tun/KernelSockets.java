package io.rookery.tcpip.tun;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The host kernel's sockets with its error numbers, which the JDK's sockets do not tell. */
@SuppressWarnings("restricted") // native calls are the point
final class KernelSockets {
  static final int STREAM = 1;
  static final int DATAGRAM = 2;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle SOCKET = function("socket", INT, INT, INT, INT);
  private static final MethodHandle CONNECT =
      function("connect", INT, INT, ValueLayout.ADDRESS, INT);
  private static final MethodHandle SEND =
      function("send", LONG, INT, ValueLayout.ADDRESS, LONG, INT);
  private static final MethodHandle RECV =
      function("recv", LONG, INT, ValueLayout.ADDRESS, LONG, INT);
  private static final MethodHandle SETSOCKOPT =
      function("setsockopt", INT, INT, INT, INT, ValueLayout.ADDRESS, INT);
  private static final MethodHandle CLOSE = function("close", INT, INT);

  private KernelSockets() {}

  /**
   * Connects a socket of the calling thread's network namespace, and exchanges a byte if it is for
   * datagrams.
   *
   * @return the error number; 0 if nothing failed
   */
  static int attempt(int type, Endpoint to, int timeoutSeconds) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment data = arena.allocate(64);
      boolean v6 = to.address().v6();
      int fd = (int) SOCKET.invoke(state, v6 ? AF_INET6 : AF_INET, type, 0);
      if (fd < 0) {
        return (int) ERRNO.get(state, 0L);
      }
      data.set(LONG, 0, timeoutSeconds);
      int _ = (int) SETSOCKOPT.invoke(state, fd, SOL_SOCKET, SO_RCVTIMEO, data, 16);
      int _ = (int) SETSOCKOPT.invoke(state, fd, SOL_SOCKET, SO_SNDTIMEO, data, 16);
      long result = (int) CONNECT.invoke(state, fd, address(arena, to), v6 ? 28 : 16);
      if (result == 0 && type == DATAGRAM) {
        result = (long) SEND.invoke(state, fd, data, 1L, 0);
        if (result > 0) {
          result = (long) RECV.invoke(state, fd, data, 64L, 0);
        }
      }
      int error = result < 0 ? (int) ERRNO.get(state, 0L) : 0;
      int _ = (int) CLOSE.invoke(state, fd);
      return error;
    }
  }

  /** A sockaddr_in or sockaddr_in6. */
  private static MemorySegment address(Arena arena, Endpoint to) {
    IpAddress address = to.address();
    MemorySegment sockaddr = arena.allocate(28, 8);
    sockaddr.set(ValueLayout.JAVA_SHORT, 0, (short) (address.v6() ? AF_INET6 : AF_INET));
    sockaddr.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) to.port());
    byte[] bytes = address.toInetAddress().getAddress();
    if (address.isMapped()) {
      sockaddr.set(ValueLayout.JAVA_SHORT, 18, (short) -1);
      MemorySegment.copy(bytes, 0, sockaddr, ValueLayout.JAVA_BYTE, 20, 4);
    } else {
      MemorySegment.copy(
          bytes, 0, sockaddr, ValueLayout.JAVA_BYTE, address.v6() ? 8 : 4, bytes.length);
    }
    return sockaddr;
  }

  private static MethodHandle function(String name, ValueLayout result, ValueLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }
}
