package io.rookery.ext2.check;

import io.rookery.ext2.FileType;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether every directory hangs on the root, and every inode has as many names as it says. */
final class TreePass {
  /** With dir_nlink, a directory of more links counts one. */
  private static final int MAX_LINKS = 65000;

  private final Image image;
  private final Findings findings;
  private final InodeTable inodes;

  TreePass(Image image, Findings findings, InodeTable inodes) {
    this.image = image;
    this.findings = findings;
    this.inodes = inodes;
  }

  void run() {
    checkConnections();
    checkLinks();
  }

  private void checkConnections() {
    Map<Long, DirectoryFacts> directories = inodes.directories();
    DirectoryFacts root = directories.get((long) InodeLayout.ROOT_INODE);
    if (root != null) {
      root.parent = InodeLayout.ROOT_INODE;
    }
    Set<Long> connected = new HashSet<>();
    connected.add((long) InodeLayout.ROOT_INODE);
    for (DirectoryFacts directory : directories.values()) {
      List<DirectoryFacts> path = new ArrayList<>();
      Set<Long> onPath = new HashSet<>();
      @Nullable DirectoryFacts at = directory;
      while (at != null && !connected.contains(at.inode) && onPath.add(at.inode)) {
        path.add(at);
        at = directories.get(at.parent);
      }
      if (at == null || !connected.contains(at.inode)) {
        findings.add(
            ProblemKind.UNREACHABLE,
            directory.inode,
            "directory %d cannot be reached",
            directory.inode);
      }
      path.forEach(one -> connected.add(one.inode)); // one report for each broken branch
      if (directory.parent != 0 && directory.dotDot != directory.parent) {
        findings.add(
            ProblemKind.DIRECTORY,
            directory.inode,
            "directory %d is in %d, but its .. is %d",
            directory.inode,
            directory.parent,
            directory.dotDot);
      }
    }
  }

  /** Whether the superblock names the inode, and so no directory does. */
  private boolean isOfSuperblock(long inode) {
    return (Feature.ORPHAN_FILE.in(image.compat)
            && inode == image.superblockInode(SuperblockLayout.ORPHAN_FILE_INODE))
        || (Feature.PROJECT.in(image.roCompat)
            && inode == image.superblockInode(SuperblockLayout.PROJECT_QUOTA_INODE));
  }

  private void checkLinks() {
    for (long inode = InodeLayout.ROOT_INODE; inode <= image.inodes; inode++) {
      if (inode > InodeLayout.ROOT_INODE && inode < image.firstInode) {
        inode = image.firstInode;
      }
      if (!inodes.isUsed(inode) || inodes.holdsValue(inode) || isOfSuperblock(inode)) {
        continue;
      }
      int names = inodes.names(inode);
      if (inodes.type(inode) == FileType.DIRECTORY
          && names > MAX_LINKS
          && Feature.DIR_NLINK.in(image.roCompat)) {
        names = 1;
      }
      if (names == 0) {
        findings.add(ProblemKind.UNREACHABLE, inode, "inode %d has no name", inode);
      } else if (names != inodes.links(inode)) {
        findings.add(
            ProblemKind.LINK_COUNT,
            inode,
            "inode %d counts %d names, it has %d",
            inode,
            inodes.links(inode),
            names);
      }
    }
  }
}
