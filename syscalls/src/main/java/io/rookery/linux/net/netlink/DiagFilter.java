package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.address.Endpoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A program of INET_DIAG_REQ_BYTECODE (linux/inet_diag.h): which sockets a dump is to have. Every
 * operation is a code and two distances, of what follows if it holds and if it does not; they lead
 * forward only, and the socket is wanted where the end is met exactly.
 */
final class DiagFilter {
  private static final int OPERATION = 4; // struct inet_diag_bc_op
  private static final int CONDITION = 8; // struct inet_diag_hostcond, without its address
  private static final int MASKED = 8; // struct inet_diag_markcond

  private static final int NOP = 0;
  private static final int JMP = 1;
  private static final int S_GE = 2;
  private static final int S_LE = 3;
  private static final int D_GE = 4;
  private static final int D_LE = 5;
  private static final int S_COND = 7;
  private static final int D_COND = 8;
  private static final int DEV_COND = 9;
  private static final int MARK_COND = 10;
  private static final int S_EQ = 11;
  private static final int D_EQ = 12;

  private final ByteBuffer program;

  /**
   * Checks a program.
   *
   * @throws io.rookery.linux.errno.ErrnoException EINVAL for one that is malformed or has an
   *     operation that is not known
   */
  DiagFilter(byte[] program) {
    this.program = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (at < program.length) {
      at += check(at);
    }
    if (at != program.length) {
      throw Errno.EINVAL.exception();
    }
  }

  private int check(int at) {
    int left = program.limit() - at;
    require(left >= OPERATION);
    int size =
        OPERATION
            + switch (code(at)) {
              case NOP, JMP -> 0;
              case S_GE, S_LE, D_GE, D_LE, S_EQ, D_EQ, DEV_COND -> OPERATION;
              case MARK_COND -> MASKED;
              case S_COND, D_COND -> {
                require(left >= OPERATION + CONDITION);
                yield CONDITION + addressBytes(at);
              }
              default -> throw Errno.EINVAL.exception();
            };
    require(left >= size);
    int yes = yes(at);
    int no = no(at);
    require(yes >= OPERATION && yes % OPERATION == 0 && yes <= left);
    require(no >= OPERATION && no % OPERATION == 0 && no <= left + OPERATION);
    return yes;
  }

  private int addressBytes(int at) {
    int bits = prefix(at);
    int bytes =
        switch (family(at)) {
          case SocketAddresses.AF_UNSPEC -> 0;
          case SocketAddresses.AF_INET -> 4;
          case SocketAddresses.AF_INET6 -> 16;
          default -> throw Errno.EINVAL.exception();
        };
    require(bits <= 8 * bytes);
    return bytes;
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw Errno.EINVAL.exception();
    }
  }

  private int code(int at) {
    return program.get(at) & 0xff;
  }

  private int yes(int at) {
    return program.get(at + 1) & 0xff;
  }

  private int no(int at) {
    return program.getShort(at + 2) & 0xffff;
  }

  private int operand(int at) {
    return program.getShort(at + OPERATION + 2) & 0xffff;
  }

  private int family(int at) {
    return program.get(at + OPERATION) & 0xff;
  }

  private int prefix(int at) {
    return program.get(at + OPERATION + 1) & 0xff;
  }

  /**
   * Whether a socket is wanted.
   *
   * @param v6 its family
   * @param boundInterface the index of the interface that it is bound to, or 0
   */
  boolean wants(boolean v6, Endpoint local, Endpoint remote, int boundInterface) {
    int at = 0;
    while (at < program.limit()) {
      boolean holds =
          switch (code(at)) {
            case NOP -> true;
            case S_GE -> local.port() >= operand(at);
            case S_LE -> local.port() <= operand(at);
            case S_EQ -> local.port() == operand(at);
            case D_GE -> remote.port() >= operand(at);
            case D_LE -> remote.port() <= operand(at);
            case D_EQ -> remote.port() == operand(at);
            case S_COND -> matches(at, v6, local);
            case D_COND -> matches(at, v6, remote);
            case DEV_COND -> program.getInt(at + OPERATION) == boundInterface;
            case MARK_COND -> program.getInt(at + OPERATION) == 0; // marks are 0
            default -> false; // JMP
          };
      at += holds ? yes(at) : no(at);
    }
    return at == program.limit();
  }

  private boolean matches(int at, boolean v6, Endpoint endpoint) {
    int port = program.getInt(at + OPERATION + 4);
    if (port != -1 && port != endpoint.port()) {
      return false;
    }
    int family = family(at);
    boolean wants6 = family == SocketAddresses.AF_INET6;
    boolean mapped = v6 && family == SocketAddresses.AF_INET && !endpoint.address().v6();
    if (family != SocketAddresses.AF_UNSPEC && wants6 != v6 && !mapped) {
      return false;
    }
    byte[] address = (v6 && !mapped ? endpoint.address().mapped() : endpoint.address()).toBytes();
    for (int bit = 0; bit < prefix(at); bit++) {
      int wanted = program.get(at + OPERATION + CONDITION + bit / 8);
      if (((wanted ^ address[bit / 8]) >> (7 - bit % 8) & 1) != 0) {
        return false;
      }
    }
    return true;
  }
}
