package io.rookery.ext2;

import java.time.InstantSource;

/**
 * How a volume is opened. Immutable; start from {@link #readWrite()} or {@link #readOnly()}.
 *
 * @param readOnlyMount nothing is written to the device, not even the mount state
 * @param cacheBytes memory for cached blocks, data and metadata; at least 1 MiB
 * @param discard tell the device about freed blocks, so that memory and overlay devices can drop
 *     them
 * @param clock source of timestamps
 */
public record MountOptions(
    boolean readOnlyMount, long cacheBytes, boolean discard, InstantSource clock) {

  private static final long DEFAULT_CACHE_BYTES = 32L << 20;

  public MountOptions {
    if (cacheBytes < 1 << 20) {
      throw new IllegalArgumentException("cacheBytes " + cacheBytes + " is under 1 MiB");
    }
  }

  public static MountOptions readWrite() {
    return new MountOptions(false, DEFAULT_CACHE_BYTES, false, InstantSource.system());
  }

  public static MountOptions readOnly() {
    return new MountOptions(true, DEFAULT_CACHE_BYTES, false, InstantSource.system());
  }

  /** The same for a look that writes nothing. */
  MountOptions forReading() {
    return new MountOptions(true, cacheBytes, discard, clock);
  }

  public MountOptions withCacheBytes(long bytes) {
    return new MountOptions(readOnlyMount, bytes, discard, clock);
  }

  public MountOptions withDiscard(boolean on) {
    return new MountOptions(readOnlyMount, cacheBytes, on, clock);
  }

  public MountOptions withClock(InstantSource source) {
    return new MountOptions(readOnlyMount, cacheBytes, discard, source);
  }
}
