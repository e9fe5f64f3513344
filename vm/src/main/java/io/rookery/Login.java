package io.rookery;

import com.google.common.base.Splitter;
import io.rookery.linux.kernel.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a program runs as, from the guest's {@code /etc/passwd} and {@code /etc/group} (passwd(5),
 * group(5)).
 */
record Login(String name, Credentials credentials, String home, String shell) {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final String USER_PATH =
      "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";

  /** {@code user}: a name, UID or UID:GID. */
  static Login of(RootFileSystem root, String user) throws ProgramStartException {
    List<String> accounts = lines(root, "etc/passwd");
    for (String account : accounts) {
      List<String> f = Splitter.on(':').splitToList(account);
      if (f.size() >= 7 && (f.get(0).equals(user) || f.get(2).equals(user))) {
        Integer uid = number(f.get(2));
        Integer gid = number(f.get(3));
        if (uid != null && gid != null) {
          return new Login(f.get(0), credentials(root, f.get(0), uid, gid), f.get(5), f.get(6));
        }
      }
    }
    List<String> ids = Splitter.on(':').splitToList(user);
    Integer uid = number(ids.getFirst());
    Integer gid = ids.size() == 2 ? number(ids.getLast()) : uid;
    if (uid != null && gid != null && ids.size() <= 2) {
      return new Login(ids.getFirst(), Credentials.of(uid, gid), "/", "/bin/sh");
    }
    if (user.equals("root")) {
      return new Login("root", Credentials.ROOT, "/root", "/bin/sh");
    }
    throw new ProgramStartException(
        "a program as user " + user + " (not in /etc/passwd)", "EINVAL");
  }

  private static Credentials credentials(RootFileSystem root, String name, int uid, int gid) {
    List<Integer> groups = new ArrayList<>();
    for (String line : lines(root, "etc/group")) {
      List<String> f = Splitter.on(':').splitToList(line);
      Integer id = f.size() >= 4 ? number(f.get(2)) : null;
      if (id != null && Splitter.on(',').splitToList(f.get(3)).contains(name)) {
        groups.add(id);
      }
    }
    return Credentials.of(uid, gid, groups.stream().mapToInt(Integer::intValue).toArray());
  }

  private static List<String> lines(RootFileSystem root, String path) {
    byte[] text = root.read(path);
    return text == null ? List.of() : new String(text, StandardCharsets.UTF_8).lines().toList();
  }

  private static @Nullable Integer number(String s) {
    try {
      int n = Integer.parseUnsignedInt(s);
      return n == -1 ? null : n;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** What login(1) would set. */
  Map<String, String> environment(boolean terminal) {
    Map<String, String> e = new LinkedHashMap<>();
    e.put("HOME", home);
    e.put("USER", name);
    e.put("LOGNAME", name);
    e.put("SHELL", shell);
    e.put("PATH", credentials.euid() == 0 ? PATH : USER_PATH);
    e.put("LANG", "C.UTF-8");
    if (terminal) {
      e.put("TERM", "xterm-256color");
    }
    return e;
  }
}
