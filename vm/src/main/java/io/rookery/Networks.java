package io.rookery;

import io.rookery.tcpip.nat.Connector;
import io.rookery.tcpip.nat.EgressPolicy;
import io.rookery.tcpip.nat.NatGateway;

/** The networks that a {@link Vm} can be joined to. */
public final class Networks {
  private Networks() {}

  /** No network: the guest has a loopback interface only. The default. */
  public static Network none() {
    return new NoNetwork();
  }

  /**
   * A switch that joins the VMs of this JVM which name it. Each gets an address of its own, and
   * finds the others by their {@linkplain VmBuilder#hostname host names}: the switch has a name
   * server. Nothing else is on it, and packets with foreign source addresses are dropped. The
   * switch exists as long as a VM is on it.
   *
   * @param name any name; equal ones are one switch
   */
  public static Network switched(String name) {
    return new SwitchNetwork(name);
  }

  /**
   * A switch as {@link #switched} makes it, which joins the VMs of all JVMs of this user on this
   * host that name it. The first JVM is its hub, behind a socket in a folder that only this user
   * may enter; when that JVM ends, another one takes over, and the guests keep their addresses and
   * connections.
   *
   * @param name any name; equal ones are one switch
   */
  public static Network sharedSwitch(String name) {
    return new SharedSwitchNetwork(name);
  }

  /**
   * The host's network, through sockets of this JVM: TCP, UDP, pings as far as the JVM can, names
   * through the host's resolver. The guest is behind NAT at 10.0.2.15, its gateway and name server
   * at 10.0.2.2; neither needs rights on the host. Each VM has a gateway of its own, with the
   * policy's limits for itself; a VM can have one such network.
   *
   * @param policy what may be reached, and how much of it
   */
  public static Network host(EgressPolicy policy) {
    return new HostNetwork(policy, Connector.system(), NatGateway.hostResolver());
  }
}
