package io.rookery.tcpip.nat;

import io.rookery.tcpip.Forwarding;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Unreachable;
import io.rookery.tcpip.address.Endpoint;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;

/** Datagrams between one port of a guest and one peer. */
final class UdpFlow implements NatLoop.Handler, AutoCloseable {
  /** Datagrams in one go before others have their turn. */
  private static final int TURN = 64;

  private final NatLoop loop;
  private final Forwarding inside;
  private final DatagramChannel outside;
  private final Endpoint guest;
  private final Endpoint peer;
  private final Budget budget;
  private volatile long usedAt = System.nanoTime();

  UdpFlow(
      NatLoop loop,
      Forwarding inside,
      DatagramChannel outside,
      Endpoint guest,
      Endpoint peer,
      Budget budget) {
    this.loop = loop;
    this.inside = inside;
    this.outside = outside;
    this.guest = guest;
    this.peer = peer;
    this.budget = budget;
  }

  long usedAt() {
    return usedAt;
  }

  /**
   * What does not fit the host's buffer is lost, as everywhere; so are empty datagrams, which the
   * JDK does not send from connected channels.
   */
  void send(byte[] data) {
    usedAt = System.nanoTime();
    try {
      if (budget.spend(data.length)) {
        outside.write(ByteBuffer.wrap(data));
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  @Override
  public void ready(SelectionKey key, int operations) {
    ByteBuffer buffer = loop.buffer();
    try {
      for (int i = 0; i < TURN; i++) {
        buffer.clear();
        if (outside.receive(buffer) == null) { // read() would not tell an empty one from none
          break;
        }
        usedAt = System.nanoTime();
        if (budget.spend(buffer.position())) {
          inside.datagram(peer, guest, buffer.flip());
        }
      }
    } catch (NetException e) {
      // Too long for the guest's family of addresses, or its stack is being closed.
    } catch (IOException e) {
      failed(e);
    } finally {
      loop.release(buffer);
    }
    if (outside.isOpen()) {
      key.interestOps(SelectionKey.OP_READ);
    }
  }

  private void failed(IOException e) {
    if (outside.isOpen()) {
      inside.unreachable(
          guest,
          peer,
          e instanceof PortUnreachableException ? Unreachable.PORT : DialErrors.reason(e));
    }
  }

  @Override
  public void close() {
    try {
      outside.close();
    } catch (IOException e) {
      // Nothing can be done about it.
    }
    loop.wakeUp();
  }
}
