/**
 * Guest address spaces.
 *
 * <p>Start with {@link io.rookery.mmu.MemoryPool}, which owns the host memory of one virtual
 * machine, and {@link io.rookery.mmu.AddressSpace}, which it makes. Translated code reaches memory
 * through {@link io.rookery.mmu.Access}; the page cache of the kernel hands in file pages through
 * {@link io.rookery.mmu.PageSource}.
 */
package io.rookery.mmu;
