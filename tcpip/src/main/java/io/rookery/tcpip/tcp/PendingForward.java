package io.rookery.tcpip.tcp;

import io.rookery.tcpip.ForwardedConnection;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.Unreachable;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.wire.IpPacket;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A SYN kept until somebody knows what to answer; only headers are kept. */
final class PendingForward implements ForwardedConnection {
  private final TcpForwards forwards;
  private final FlowKey key;
  private byte[] packet;
  private int transport;
  private int transportLength;

  PendingForward(TcpForwards forwards, FlowKey key, IpPacket syn, int headerLength) {
    this.forwards = forwards;
    this.key = key;
    packet = new byte[0];
    repeated(syn, headerLength);
  }

  /** The last one counts: its timestamp is the one to answer. */
  void repeated(IpPacket syn, int headerLength) {
    transport = syn.payload() - syn.start();
    transportLength = headerLength;
    packet = Arrays.copyOfRange(syn.bytes(), syn.start(), syn.start() + transport + headerLength);
  }

  FlowKey key() {
    return key;
  }

  byte[] packet() {
    return packet;
  }

  int transport() {
    return transport;
  }

  int transportLength() {
    return transportLength;
  }

  @Override
  public Endpoint from() {
    return new Endpoint(key.remote(), key.remotePort());
  }

  @Override
  public Endpoint to() {
    return new Endpoint(key.local(), key.localPort());
  }

  @Override
  public @Nullable TcpSocket accept() {
    return forwards.accept(this);
  }

  @Override
  public void refuse() {
    forwards.refuse(this);
  }

  @Override
  public void unreachable(Unreachable why) {
    forwards.unreachable(this, why);
  }

  @Override
  public void drop() {
    forwards.drop(this);
  }
}
