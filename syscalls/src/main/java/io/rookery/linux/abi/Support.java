package io.rookery.linux.abi;

/** How far a system call is implemented. */
public enum Support {
  /** As Linux does it. */
  FULL,
  /** With the restriction that the row's note tells. */
  PARTIAL,
  /** Always fails, for the reason that the row's note tells. */
  REFUSED
}
