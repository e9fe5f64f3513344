package io.rookery.mmu;

/**
 * Names the bytes of an unmodified private file page: equal identities mean equal bytes, in all
 * address spaces of the virtual machine.
 *
 * @param source the object the page comes from
 * @param pageIndex index of the page in the object
 * @param generation {@link PageSource#generation} at the time the bytes were copied
 */
public record CodeIdentity(PageSource source, long pageIndex, long generation) {}
