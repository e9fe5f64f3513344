/**
 * Disks: the {@link io.rookery.ext2.block.BlockDevice} interface and, in {@link
 * io.rookery.ext2.block.BlockDevices}, the ones that come with it: memory, file, read-only view and
 * copy-on-write overlay.
 */
package io.rookery.ext2.block;
