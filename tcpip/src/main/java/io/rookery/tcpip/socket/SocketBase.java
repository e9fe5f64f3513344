package io.rookery.tcpip.socket;

import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Option;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.ReadinessListener;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.EventTarget;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.IpLayer;
import org.jspecify.annotations.Nullable;

/** A socket of any protocol: family, options, pending error, listener. */
public abstract class SocketBase extends EventTarget {
  /** The lock and everything under it. */
  protected final StackLoop loop;

  /** The layer below. */
  protected final IpLayer ip;

  private final boolean v6;
  private final OptionStore options;
  private volatile ReadinessListener listener = _ -> {};
  private @Nullable NetError pendingError;

  /** A socket with these options. */
  protected SocketBase(StackLoop loop, IpLayer ip, boolean v6, OptionStore options) {
    this.loop = loop;
    this.ip = ip;
    this.v6 = v6;
    this.options = options;
  }

  /** Whether the socket is of the IPv6 family. */
  public final boolean v6() {
    return v6;
  }

  /** Names who hears of readiness. */
  public final void listener(ReadinessListener value) {
    listener = value;
  }

  @Override
  protected final void deliver(int events) {
    listener.ready(events);
  }

  /** Takes the pending error away. */
  public @Nullable NetError takeError() {
    loop.enter();
    try {
      NetError error = pendingError;
      pendingError = null;
      return error;
    } finally {
      loop.exit();
    }
  }

  /** Sets the error that the next operation reports; null for none. */
  protected final void setPendingError(@Nullable NetError error) {
    pendingError = error;
  }

  protected final boolean hasPendingError() {
    return pendingError != null;
  }

  /** Reports the pending error, once. */
  protected final void throwPendingError() throws NetException {
    NetError error = pendingError;
    if (error != null) {
      pendingError = null;
      throw new NetException(error);
    }
  }

  /** An option's value. */
  public <T> T option(Option<T> option) throws NetException {
    checkApplies(option);
    loop.enter();
    try {
      return options.get(option);
    } finally {
      loop.exit();
    }
  }

  /** Sets an option. */
  public <T> void option(Option<T> option, T value) throws NetException {
    checkApplies(option);
    if (!option.accepts(value)) {
      throw new NetException(NetError.INVALID);
    }
    loop.enter();
    try {
      options.put(option, value);
      optionChanged(option);
    } finally {
      loop.exit();
    }
  }

  private void checkApplies(Option<?> option) throws NetException {
    if (!option.appliesTo((StackSocket) this)) {
      throw new NetException(NetError.NO_PROTOCOL_OPTION);
    }
  }

  /** Called within the lock after an option was set. */
  protected void optionChanged(Option<?> option) {}

  protected final OptionStore options() {
    return options;
  }

  /** Whether this socket may talk to IPv4. */
  protected boolean mapsV4() {
    return v6 && !options.get(Options.V6_ONLY);
  }

  /**
   * An address that the user gave, as the stack uses it: IPv4-mapped ones as IPv4.
   *
   * @throws NetException {@link NetError#FAMILY_NOT_SUPPORTED}
   */
  protected final IpAddress internal(IpAddress address) throws NetException {
    if (address.v6() != v6) {
      throw new NetException(NetError.FAMILY_NOT_SUPPORTED);
    }
    if (address.isMapped()) {
      if (!mapsV4()) {
        throw new NetException(NetError.NETWORK_UNREACHABLE);
      }
      return address.unmapped();
    }
    return address;
  }

  /** An address as this socket shows it. */
  protected final IpAddress external(IpAddress address) {
    return v6 ? address.mapped() : address;
  }

  protected final Endpoint external(Endpoint endpoint) {
    return v6 ? new Endpoint(endpoint.address().mapped(), endpoint.port()) : endpoint;
  }

  /** The "any" address of this socket's family. */
  protected final IpAddress any() {
    return v6 ? IpAddress.ANY_V6 : IpAddress.ANY_V4;
  }

  /** Checks that the stack has an address to bind to. */
  protected final void checkBindable(IpAddress address) throws NetException {
    if (!address.isAny()
        && !ip.isLocal(address)
        && !address.isMulticast()
        && !ip.isBroadcast(address)) {
      throw new NetException(NetError.ADDRESS_NOT_AVAILABLE);
    }
  }
}
