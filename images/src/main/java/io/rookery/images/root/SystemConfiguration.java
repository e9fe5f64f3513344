package io.rookery.images.root;

import io.rookery.images.root.RootWriter.Attributes;
import io.rookery.images.root.RootWriter.Special;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes what maintainer scripts would, as far as programs need it to run: users, name services,
 * devices, links and mount points. Files that exist are left alone.
 */
final class SystemConfiguration {
  private static final int STAFF = 50;
  private static final int MAIL = 8;
  private static final int UTMP = 43;
  private static final int ADM = 4;
  private static final int SHADOW = 42;
  private static final int TTY = 5;

  /** Days since 1970 of the last password change, for accounts that have no password. */
  private static final String SHADOW_AGING = ":*:19000:0:99999:7:::\n";

  private final RootTree tree;
  private final String hostName;

  SystemConfiguration(RootTree tree, String hostName) {
    this.tree = tree;
    this.hostName = hostName;
  }

  /** Merged /usr (Debian bug tracker's "UsrMerge"): before the first package is unpacked. */
  static void mergeUsr(RootTree tree, String arch) throws IOException {
    tree.directory("/usr", tree.attributes(0755), "");
    List<String> folders = new ArrayList<>(List.of("bin", "sbin", "lib"));
    if (arch.equals("amd64")) {
      folders.addAll(List.of("lib32", "lib64", "libx32"));
    } else if (arch.equals("i386")) {
      folders.addAll(List.of("lib64", "libx32"));
    }
    for (String folder : folders) {
      tree.directory("/usr/" + folder, tree.attributes(0755), "");
      tree.symlink("/" + folder, "usr/" + folder, tree.attributes(0777), "");
    }
  }

  void write() throws IOException {
    directories();
    accounts();
    copy("/usr/share/libc-bin/nsswitch.conf", "/etc/nsswitch.conf");
    copy("/usr/share/base-files/nsswitch.conf", "/etc/nsswitch.conf");
    copy("/usr/share/base-files/profile", "/etc/profile");
    copy("/usr/share/base-files/motd", "/etc/motd");
    copy("/usr/share/base-files/dot.profile", "/root/.profile");
    copy("/usr/share/base-files/dot.bashrc", "/root/.bashrc");
    copy("/usr/share/readline/inputrc", "/etc/inputrc");
    text("/etc/hostname", hostName + "\n");
    text(
        "/etc/hosts",
        "127.0.0.1\tlocalhost\n127.0.1.1\t"
            + hostName
            + "\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            + "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
    text("/etc/resolv.conf", "# No name server: the network decides at run time.\n");
    text("/etc/fstab", "# The root file system is mounted by the virtual machine.\n");
    text("/etc/machine-id", "");
    text("/etc/adjtime", "0.0 0 0.0\n0\nUTC\n");
    text("/etc/environment", "");
    shells();
    link("/etc/mtab", "../proc/self/mounts");
    link("/etc/os-release", "../usr/lib/os-release");
    if (tree.exists("/etc/dpkg/origins/debian")) {
      link("/etc/dpkg/origins/default", "debian");
    }
    log("/var/log/lastlog", 0664, UTMP);
    log("/var/log/wtmp", 0664, UTMP);
    log("/var/log/btmp", 0660, UTMP);
    devices();
  }

  private void directories() throws IOException {
    for (String path :
        List.of(
            "/proc", "/sys", "/run", "/dev", "/mnt", "/srv", "/opt", "/media", "/home", "/boot")) {
      tree.directory(path, tree.attributes(0755), "");
    }
    for (String path : List.of("/etc/opt", "/var/opt", "/var/cache/ldconfig", "/var/spool")) {
      tree.directory(path, tree.attributes(0755), "");
    }
    tree.directory("/root", tree.attributes(0700), "");
    tree.directory("/tmp", tree.attributes(01777), "");
    tree.directory("/var/tmp", tree.attributes(01777), "");
    tree.directory("/run/lock", tree.attributes(01777), "");
    tree.directory("/var/mail", group(02775, MAIL), "");
    link("/var/spool/mail", "../mail");
    link("/var/run", "/run");
    link("/var/lock", "/run/lock");
    tree.directory("/usr/local", tree.attributes(0755), "");
    for (String name :
        List.of("bin", "etc", "games", "include", "lib", "sbin", "share", "share/man", "src")) {
      tree.directory("/usr/local/" + name, tree.attributes(0755), "");
    }
    link("/usr/local/man", "share/man");
    if (tree.exists("/var/local")) {
      tree.setAttributes("/var/local", group(02775, STAFF));
    }
  }

  /** base-passwd keeps masters; nobody has a password. */
  private void accounts() throws IOException {
    copy("/usr/share/base-passwd/passwd.master", "/etc/passwd");
    copy("/usr/share/base-passwd/group.master", "/etc/group");
    if (tree.exists("/etc/passwd") && tree.node("/etc/shadow") == null) {
      StringBuilder shadow = new StringBuilder();
      for (String line : tree.readText("/etc/passwd").split("\n", -1)) {
        if (line.indexOf(':') > 0) {
          shadow.append(line, 0, line.indexOf(':')).append(SHADOW_AGING);
        }
      }
      tree.write("/etc/shadow", group(0640, SHADOW), bytes(shadow));
    }
    if (tree.exists("/etc/group") && tree.node("/etc/gshadow") == null) {
      StringBuilder shadow = new StringBuilder();
      for (String line : tree.readText("/etc/group").split("\n", -1)) {
        if (line.indexOf(':') > 0) {
          shadow.append(line, 0, line.indexOf(':')).append(":*::\n");
        }
      }
      tree.write("/etc/gshadow", group(0640, SHADOW), bytes(shadow));
    }
  }

  private void shells() throws IOException {
    StringBuilder shells = new StringBuilder("# /etc/shells: valid login shells\n");
    for (String name : List.of("sh", "bash", "rbash", "dash")) {
      if (tree.exists("/bin/" + name)) {
        shells.append("/bin/").append(name).append('\n');
        shells.append("/usr/bin/").append(name).append('\n');
      }
    }
    text("/etc/shells", shells.toString());
  }

  /** The nodes that MAKEDEV's "std" makes; a virtual machine may mount its own /dev over them. */
  private void devices() throws IOException {
    device("null", 1, 3, tree.attributes(0666));
    device("zero", 1, 5, tree.attributes(0666));
    device("full", 1, 7, tree.attributes(0666));
    device("random", 1, 8, tree.attributes(0666));
    device("urandom", 1, 9, tree.attributes(0666));
    device("tty", 5, 0, group(0666, TTY));
    device("console", 5, 1, group(0600, TTY));
    device("ptmx", 5, 2, group(0666, TTY));
    tree.directory("/dev/pts", tree.attributes(0755), "");
    tree.directory("/dev/shm", tree.attributes(01777), "");
    link("/dev/fd", "/proc/self/fd");
    link("/dev/stdin", "/proc/self/fd/0");
    link("/dev/stdout", "/proc/self/fd/1");
    link("/dev/stderr", "/proc/self/fd/2");
  }

  private void device(String name, int major, int minor, Attributes attributes) throws IOException {
    String path = "/dev/" + name;
    if (tree.node(path) == null) {
      tree.special(path, Special.CHARACTER_DEVICE, major, minor, attributes, "");
    }
  }

  private void log(String path, int mode, int gid) throws IOException {
    tree.directory("/var/log", group(0755, ADM), "");
    if (tree.node(path) == null) {
      tree.write(path, group(mode, gid), new byte[0]);
    }
  }

  private void copy(String from, String to) throws IOException {
    if (tree.kind(from) == RootTree.Kind.FILE && tree.node(to) == null) {
      tree.write(to, tree.attributes(0644), tree.read(from));
    }
  }

  private void text(String path, String text) throws IOException {
    if (tree.node(path) == null) {
      tree.write(path, 0644, text);
    }
  }

  private void link(String path, String target) throws IOException {
    if (tree.node(path) == null) {
      tree.symlink(path, target, tree.attributes(0777), "");
    }
  }

  private Attributes group(int mode, int gid) {
    Attributes own = tree.attributes(mode);
    return new Attributes(own.mode(), 0, gid, own.modified());
  }

  private static byte[] bytes(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
