package io.rookery.linux.kernel;

/** A signal stack (sigaltstack(2)). */
record AltStack(long pointer, long size, int flags) {
  static final int SS_ONSTACK = 1;
  static final int SS_DISABLE = 2;
  static final int SS_AUTODISARM = 1 << 31;
  static final long MINIMUM = 2048;

  static final AltStack DISABLED = new AltStack(0, 0, SS_DISABLE);

  boolean disabled() {
    return size == 0;
  }

  AltStack withoutState() {
    return new AltStack(pointer, size, flags & SS_AUTODISARM);
  }

  boolean autoDisarm() {
    return (flags & SS_AUTODISARM) != 0;
  }

  /** Whether a stack pointer lies on it. */
  boolean contains(long sp) {
    return !disabled()
        && Long.compareUnsigned(sp, pointer) > 0
        && Long.compareUnsigned(sp - pointer, size) <= 0;
  }
}
