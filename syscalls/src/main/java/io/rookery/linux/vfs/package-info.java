/**
 * The virtual file system: inodes, dentries, mounts, the path walk, open file descriptions and the
 * page cache. Start with {@link io.rookery.linux.vfs.Vfs} and {@link
 * io.rookery.linux.vfs.FileDescription}.
 */
package io.rookery.linux.vfs;
