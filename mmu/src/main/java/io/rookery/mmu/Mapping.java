package io.rookery.mmu;

import org.jspecify.annotations.Nullable;

/**
 * One mapping of an address space.
 *
 * @param start first guest address, a multiple of 4096
 * @param end guest address behind the last byte, a multiple of 4096
 * @param protection rights, see {@link Protection}
 * @param flags see {@link MapFlags}
 * @param source where the pages come from; null for private anonymous memory
 * @param offset offset of {@code start} in the source, in bytes, a multiple of 4096
 * @param tag what the mapping is called in listings, chosen by the caller of {@link
 *     AddressSpace#map}
 */
public record Mapping(
    long start,
    long end,
    int protection,
    int flags,
    @Nullable PageSource source,
    long offset,
    @Nullable Object tag) {

  /** Whether stores are seen by others who map the same pages. */
  public boolean shared() {
    return (flags & MapFlags.SHARED) != 0;
  }

  /** Length in bytes. */
  public long length() {
    return end - start;
  }

  /** The index of the source's page that appears at a guest address of this mapping. */
  public long sourcePage(long address) {
    return (offset + (address - start)) >>> 12;
  }

  @SuppressWarnings("ReferenceEquality") // an object, not a value
  boolean comesFrom(@Nullable PageSource other) {
    return source == other;
  }

  Mapping slice(long from, long to) {
    return from == start && to == end
        ? this
        : new Mapping(from, to, protection, flags, source, offset + (from - start), tag);
  }

  Mapping withProtection(int newProtection) {
    return new Mapping(start, end, newProtection, flags, source, offset, tag);
  }

  Mapping withFlags(int newFlags) {
    return new Mapping(start, end, protection, newFlags, source, offset, tag);
  }
}
