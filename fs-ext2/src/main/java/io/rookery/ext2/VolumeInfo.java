package io.rookery.ext2;

import java.util.Set;
import java.util.UUID;

/**
 * A volume's fixed properties, from its superblock.
 *
 * @param uuid the volume's identity
 * @param label volume name, at most 16 bytes; empty when none
 * @param blockSize bytes
 * @param inodeSize bytes
 * @param blocks number of blocks, metadata included
 * @param inodes number of inodes
 * @param features names of the features that are on, as dumpe2fs(8) prints them
 * @param cleanAtMount whether the volume had been closed properly before it was opened
 */
public record VolumeInfo(
    UUID uuid,
    String label,
    int blockSize,
    int inodeSize,
    long blocks,
    long inodes,
    Set<String> features,
    boolean cleanAtMount) {

  public VolumeInfo {
    features = Set.copyOf(features);
  }
}
