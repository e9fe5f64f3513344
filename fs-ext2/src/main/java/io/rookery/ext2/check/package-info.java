/**
 * What {@code e2fsck -fn} would say of a volume, found without changing it: {@link
 * io.rookery.ext2.Ext2#check} gives a {@link io.rookery.ext2.check.CheckReport}.
 *
 * <p>Passes follow each other as in e2fsck: {@code SuperblockCheck}, {@code GroupCheck}, {@code
 * InodePass} (every inode and the blocks it claims), {@code DirectoryPass}, {@code TreePass}
 * (connections and link counts), {@code BitmapPass}. Every block of pointers is visited once, so
 * that time and memory are bounded by the device's size whatever it holds.
 */
package io.rookery.ext2.check;
