package io.rookery.mmu;

import org.jspecify.annotations.Nullable;

/**
 * Names the bytes of an unmodified private file page: equal identities mean equal bytes, in all
 * address spaces of the virtual machine.
 *
 * @param source the object the page comes from
 * @param pageIndex index of the page in the object
 * @param generation {@link PageSource#generation} at the time the bytes were copied
 */
public record CodeIdentity(PageSource source, long pageIndex, long generation) {
  // By hand: what records generate is slow until HotSpot has compiled it.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CodeIdentity identity
        && identity.pageIndex == pageIndex
        && identity.generation == generation
        && identity.source.equals(source);
  }

  @Override
  public int hashCode() {
    return (source.hashCode() * 31 + Long.hashCode(pageIndex)) * 31 + Long.hashCode(generation);
  }
}
