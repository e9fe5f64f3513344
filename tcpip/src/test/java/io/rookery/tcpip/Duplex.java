package io.rookery.tcpip;

/** Two transfers at once, one in each direction of a connection. */
public final class Duplex {
  private final Transfer up;
  private final Transfer down;

  public Duplex(TcpSocket a, TcpSocket b, long up, long down, long seed) {
    this.up = new Transfer(a, b, up, 10_007, seed);
    this.down = new Transfer(b, a, down, 8191, seed + 1);
    a.listener(
        _ -> {
          this.up.write();
          this.down.read();
        });
    b.listener(
        _ -> {
          this.down.write();
          this.up.read();
        });
    this.up.write();
    this.down.write();
    this.up.read();
    this.down.read();
  }

  public boolean done() {
    return up.done() && down.done();
  }

  public boolean failed() {
    return up.failed() || down.failed();
  }

  public long received() {
    return up.received() + down.received();
  }
}
