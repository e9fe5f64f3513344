package io.rookery.ext2.check;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Feature;
import java.io.IOException;

/** Runs the passes of a check. */
public final class Checker {
  private Checker() {}

  /**
   * Checks a volume; see {@link io.rookery.ext2.Ext2#check}.
   *
   * @throws IOException if the device fails
   */
  public static CheckReport check(BlockDevice device) throws IOException {
    Findings findings = new Findings();
    Image image = SuperblockCheck.check(device, findings);
    if (image == null) {
      return new CheckReport(findings.problems(), findings.count(), 0, 0, 0, false);
    }
    BlockUse use = new BlockUse(image.blocks, Feature.SHARED_BLOCKS.in(image.roCompat));
    InodeTable inodes = new InodeTable(image.inodes);
    Descriptor[] descriptors = new GroupCheck(image, findings, use).run();
    new JournalCheck(image, findings).run(descriptors);
    new InodePass(image, findings, descriptors, use, inodes).run();
    new DirectoryPass(image, findings, inodes).run();
    new TreePass(image, findings, inodes).run();
    new BitmapPass(image, findings, descriptors, use, inodes).run();
    return new CheckReport(
        findings.problems(),
        findings.count(),
        inodes.count(),
        inodes.directories().size(),
        use.count(),
        Feature.NEEDS_RECOVERY.in(image.incompat));
  }
}
