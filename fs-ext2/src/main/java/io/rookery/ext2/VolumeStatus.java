package io.rookery.ext2;

/**
 * What statfs(2) says of a volume.
 *
 * @param blockSize bytes
 * @param blocks blocks that files can use (metadata of fixed place not counted)
 * @param freeBlocks free blocks, the reserved ones included
 * @param availableBlocks free blocks without the reserved ones
 * @param inodes number of inodes
 * @param freeInodes unused inodes
 * @param fileSystemId 64 bits made of the UUID, as f_fsid
 * @param maxNameLength 255
 */
public record VolumeStatus(
    int blockSize,
    long blocks,
    long freeBlocks,
    long availableBlocks,
    long inodes,
    long freeInodes,
    long fileSystemId,
    int maxNameLength) {}
