package io.rookery;

/** The networks that a {@link Vm} can be joined to. */
public final class Networks {
  private Networks() {}

  record None() implements Network {}

  /** No network: the guest has no interface. The default. */
  public static Network none() {
    return new None();
  }
}
