package io.rookery.ext2;

import java.time.InstantSource;

/**
 * How a volume is opened. Immutable; start from {@link #readWrite()} or {@link #readOnly()}.
 *
 * @param readOnlyMount nothing is written to the device, not even the mount state
 * @param cacheBytes memory for cached blocks, data and metadata; at least 1 MiB
 * @param discard tell the device about freed blocks, so that memory and overlay devices can drop
 *     them
 * @param packed put new directories next to their parents, as {@code mke2fs -d} does, instead of
 *     giving each below the root a part of the volume to grow in: what belongs together is then
 *     read together, which is for images that are filled once
 * @param clock source of timestamps
 */
public record MountOptions(
    boolean readOnlyMount, long cacheBytes, boolean discard, boolean packed, InstantSource clock) {

  private static final long DEFAULT_CACHE_BYTES = 32L << 20;

  public MountOptions {
    if (cacheBytes < 1 << 20) {
      throw new IllegalArgumentException("cacheBytes " + cacheBytes + " is under 1 MiB");
    }
  }

  public static MountOptions readWrite() {
    return new MountOptions(false, DEFAULT_CACHE_BYTES, false, false, InstantSource.system());
  }

  public static MountOptions readOnly() {
    return new MountOptions(true, DEFAULT_CACHE_BYTES, false, false, InstantSource.system());
  }

  /** The same for a look that writes nothing. */
  MountOptions forReading() {
    return new MountOptions(true, cacheBytes, discard, packed, clock);
  }

  public MountOptions withCacheBytes(long bytes) {
    return new MountOptions(readOnlyMount, bytes, discard, packed, clock);
  }

  public MountOptions withDiscard(boolean on) {
    return new MountOptions(readOnlyMount, cacheBytes, on, packed, clock);
  }

  public MountOptions withPacked(boolean on) {
    return new MountOptions(readOnlyMount, cacheBytes, discard, on, clock);
  }

  public MountOptions withClock(InstantSource source) {
    return new MountOptions(readOnlyMount, cacheBytes, discard, packed, source);
  }
}
