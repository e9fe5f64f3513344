package io.rookery.linux.kernel;

import com.google.common.primitives.ImmutableIntArray;

/**
 * Who a task is (credentials(7)). Immutable; a change makes a new object. Capabilities are bit sets
 * of {@link Capability#bit}.
 */
public record Credentials(
    int uid,
    int euid,
    int suid,
    int fsuid,
    int gid,
    int egid,
    int sgid,
    int fsgid,
    ImmutableIntArray groups,
    long permitted,
    long effective,
    long inheritable,
    long bounding,
    long ambient,
    boolean keepCapabilities) {

  /** The superuser with every capability. */
  public static final Credentials ROOT = of(0, 0);

  /** A user with one group; user 0 has every capability, others none. */
  public static Credentials of(int uid, int gid, int... groups) {
    long caps = uid == 0 ? Capability.ALL : 0;
    return new Credentials(
        uid,
        uid,
        uid,
        uid,
        gid,
        gid,
        gid,
        gid,
        ImmutableIntArray.copyOf(groups),
        caps,
        caps,
        0,
        Capability.ALL,
        0,
        false);
  }

  /** Whether the effective set holds the capability. */
  public boolean capable(Capability capability) {
    return (effective & capability.bit()) != 0;
  }

  /** Whether they differ from {@code old} in what they may do to others, or may do more. */
  boolean exceed(Credentials old) {
    return euid != old.euid
        || egid != old.egid
        || fsuid != old.fsuid
        || fsgid != old.fsgid
        || (permitted & ~old.permitted) != 0;
  }

  /** Whether the file-system group or a supplementary group is {@code group}. */
  public boolean inGroup(int group) {
    return group == fsgid || groups.contains(group);
  }

  /** As {@link #inGroup} with the effective group: what in_egroup_p asks. */
  public boolean inEffectiveGroup(int group) {
    return group == egid || groups.contains(group);
  }

  /**
   * New user ids; capabilities follow as capabilities(7) tells under "Effect of user ID changes".
   */
  public Credentials withUids(int newUid, int newEuid, int newSuid, int newFsuid) {
    long p = permitted;
    long e = effective;
    long a = ambient;
    boolean hadRoot = uid == 0 || euid == 0 || suid == 0;
    boolean hasRoot = newUid == 0 || newEuid == 0 || newSuid == 0;
    if (hadRoot && !hasRoot) {
      a = 0;
      if (!keepCapabilities) {
        p = 0;
        e = 0;
      }
    }
    if (euid == 0 && newEuid != 0) {
      e = 0;
    } else if (euid != 0 && newEuid == 0) {
      e = p;
    }
    long fs = FILE_SYSTEM_CAPABILITIES;
    if (fsuid == 0 && newFsuid != 0) {
      e &= ~fs;
    } else if (fsuid != 0 && newFsuid == 0) {
      e |= p & fs;
    }
    return new Credentials(
        newUid,
        newEuid,
        newSuid,
        newFsuid,
        gid,
        egid,
        sgid,
        fsgid,
        groups,
        p,
        e,
        inheritable,
        bounding,
        a,
        keepCapabilities);
  }

  private static final long FILE_SYSTEM_CAPABILITIES =
      Capability.CHOWN.bit()
          | Capability.MKNOD.bit()
          | Capability.DAC_OVERRIDE.bit()
          | Capability.DAC_READ_SEARCH.bit()
          | Capability.FOWNER.bit()
          | Capability.FSETID.bit()
          | Capability.FSETID.bit()
          | Capability.LINUX_IMMUTABLE.bit()
          | Capability.MAC_OVERRIDE.bit();

  public Credentials withGids(int newGid, int newEgid, int newSgid, int newFsgid) {
    return new Credentials(
        uid,
        euid,
        suid,
        fsuid,
        newGid,
        newEgid,
        newSgid,
        newFsgid,
        groups,
        permitted,
        effective,
        inheritable,
        bounding,
        ambient,
        keepCapabilities);
  }

  public Credentials withGroups(ImmutableIntArray newGroups) {
    return new Credentials(
        uid,
        euid,
        suid,
        fsuid,
        gid,
        egid,
        sgid,
        fsgid,
        newGroups,
        permitted,
        effective,
        inheritable,
        bounding,
        ambient,
        keepCapabilities);
  }

  public Credentials withCapabilities(
      long newPermitted,
      long newEffective,
      long newInheritable,
      long newBounding,
      long newAmbient) {
    return new Credentials(
        uid,
        euid,
        suid,
        fsuid,
        gid,
        egid,
        sgid,
        fsgid,
        groups,
        newPermitted,
        newEffective,
        newInheritable,
        newBounding,
        newAmbient,
        keepCapabilities);
  }

  public Credentials withKeepCapabilities(boolean keep) {
    return new Credentials(
        uid,
        euid,
        suid,
        fsuid,
        gid,
        egid,
        sgid,
        fsgid,
        groups,
        permitted,
        effective,
        inheritable,
        bounding,
        ambient,
        keep);
  }

  /**
   * The credentials after execve(2) of a file, set-id bits already resolved.
   *
   * @param fileUid the new effective user
   * @param fileGid the new effective group
   */
  public Credentials afterExec(int fileUid, int fileGid) {
    boolean gainsRoot = fileUid == 0 || uid == 0;
    long p = ambient | (gainsRoot ? bounding | inheritable : 0);
    long e = fileUid == 0 ? p : ambient;
    return new Credentials(
        uid,
        fileUid,
        fileUid,
        fileUid,
        gid,
        fileGid,
        fileGid,
        fileGid,
        groups,
        p,
        e,
        inheritable,
        bounding,
        ambient,
        false);
  }
}
