package io.rookery.linux.vfs;

/** What statfs(2) tells of a file system; sizes in blocks of {@code blockSize} bytes. */
public record StatFs(
    long type,
    long blockSize,
    long blocks,
    long freeBlocks,
    long availableBlocks,
    long files,
    long freeFiles,
    long id,
    long nameLength) {}
