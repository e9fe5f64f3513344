/**
 * The ext2 file system, revision 1, read and written on a {@link
 * io.rookery.ext2.block.BlockDevice}. Start with {@link io.rookery.ext2.Ext2#format} for a new
 * volume and {@link io.rookery.ext2.Ext2FileSystem#open} for an existing one.
 */
package io.rookery.ext2;
