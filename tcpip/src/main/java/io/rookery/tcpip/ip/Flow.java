package io.rookery.tcpip.ip;

import io.rookery.tcpip.address.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Packets of one protocol between two addresses, with what their IP headers say. It remembers the
 * route as long as that is true.
 */
public final class Flow {
  private final IpLayer ip;
  private final IpAddress local;
  private final IpAddress remote;
  private final int protocol;
  private final int boundInterface;
  private @Nullable LinkInterface out;
  private int generation = -1;

  private int hopLimit = 64;
  private int trafficClass;
  private boolean dontFragment;

  /**
   * A flow whose packets may be fragmented, with a hop limit of 64.
   *
   * @param boundInterface the interface that packets must leave by, 0 for any
   */
  public Flow(IpLayer ip, IpAddress local, IpAddress remote, int protocol, int boundInterface) {
    this.ip = ip;
    this.local = local;
    this.remote = remote;
    this.protocol = protocol;
    this.boundInterface = boundInterface;
  }

  /** Sets what goes into the header. */
  public Flow with(int hops, int classOfTraffic, boolean noFragments) {
    hopLimit = hops;
    trafficClass = classOfTraffic;
    dontFragment = noFragments;
    return this;
  }

  public IpAddress local() {
    return local;
  }

  public IpAddress remote() {
    return remote;
  }

  public int protocol() {
    return protocol;
  }

  public int hopLimit() {
    return hopLimit;
  }

  public int trafficClass() {
    return trafficClass;
  }

  public boolean dontFragment() {
    return dontFragment;
  }

  /** The interface that packets leave by now; null if there is no route. */
  public @Nullable LinkInterface out() {
    int current = ip.routes().generation();
    if (generation != current) {
      out = ip.outInterface(remote, boundInterface);
      generation = current;
    }
    return out;
  }

  /** Bytes of the largest packet that reaches the remote address whole; 0 if there is no route. */
  public int mtu() {
    LinkInterface via = out();
    return via == null ? 0 : ip.paths().get(remote, via.mtu());
  }
}
