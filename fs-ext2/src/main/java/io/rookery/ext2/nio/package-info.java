/**
 * The files of an ext image as a {@link java.nio.file.FileSystem}. Start with {@link
 * io.rookery.ext2.nio.Ext2FileSystemProvider}: {@code
 * FileSystems.newFileSystem(Path.of("disk.ext2"), Map.of("readOnly", "true"))}, or {@link
 * io.rookery.ext2.nio.Ext2FileSystemProvider#wrap} for a file system that is open already.
 */
package io.rookery.ext2.nio;
