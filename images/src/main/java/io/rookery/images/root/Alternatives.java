package io.rookery.images.root;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The links that maintainer scripts would ask {@code update-alternatives} for, such as {@code awk}:
 * read from the scripts without running them, as far as they are spelled out.
 */
final class Alternatives {
  private static final Pattern WORD = Pattern.compile("[a-zA-Z0-9/][a-zA-Z0-9_+.@:/\\-]*");

  /** A generic name's link, and what it leads to for one choice. */
  private record Link(String link, String name, String path) {}

  /** One program that can take the master link, with the slave links that follow it by name. */
  private record Choice(Link master, int priority, Map<String, Link> slaves) {}

  private final RootTree tree;
  private final SortedMap<String, List<Choice>> groups = new TreeMap<>();

  private Alternatives(RootTree tree) {
    this.tree = tree;
  }

  /** Makes the links of all scripts, those of the highest priority for each name. */
  static void install(RootTree tree, List<String> scripts) throws IOException {
    Alternatives alternatives = new Alternatives(tree);
    scripts.forEach(alternatives::scan);
    for (var group : alternatives.groups.entrySet()) {
      List<Choice> choices = group.getValue();
      choices.sort(Comparator.comparingInt(Choice::priority).reversed());
      Choice best = choices.getFirst();
      if (alternatives.make(best.master())) {
        for (Link slave : best.slaves().values()) {
          alternatives.make(slave);
        }
        tree.write(DpkgDatabase.FOLDER + "/alternatives/" + group.getKey(), 0644, record(choices));
      }
    }
  }

  /**
   * update-alternatives' own record, so that it goes on managing the links: mode and master link,
   * slave names and links; then each choice's path, priority and slave paths.
   */
  private static String record(List<Choice> choices) {
    Map<String, String> slaveLinks = new LinkedHashMap<>();
    for (Choice choice : choices) {
      choice.slaves().values().forEach(slave -> slaveLinks.putIfAbsent(slave.name(), slave.link()));
    }
    StringBuilder text = new StringBuilder("auto\n");
    text.append(choices.getFirst().master().link()).append('\n');
    slaveLinks.forEach((name, link) -> text.append(name).append('\n').append(link).append('\n'));
    text.append('\n');
    for (Choice choice : choices) {
      text.append(choice.master().path()).append('\n').append(choice.priority()).append('\n');
      for (String name : slaveLinks.keySet()) {
        Link slave = choice.slaves().get(name);
        text.append(slave == null ? "" : slave.path()).append('\n');
      }
    }
    return text.append('\n').toString();
  }

  private void scan(String script) {
    String joined = script.replace("\\\n", " ");
    for (String line : joined.split("\n", -1)) {
      int at = line.indexOf("update-alternatives ");
      int install = line.indexOf(" --install ", Math.max(at, 0));
      if (at >= 0 && install >= 0 && !line.strip().startsWith("#")) {
        parse(line.substring(install + " --install ".length()).strip().split("\\s+", -1));
      }
    }
  }

  /** {@code LINK NAME PATH PRIORITY [--slave LINK NAME PATH]…} */
  private void parse(String[] words) {
    if (words.length < 4 || !isSpelledOut(words, 0) || !words[3].matches("\\d{1,9}")) {
      return;
    }
    Map<String, Link> slaves = new LinkedHashMap<>();
    for (int i = 4; i + 3 < words.length && words[i].equals("--slave"); i += 4) {
      if (isSpelledOut(words, i + 1)) {
        slaves.put(words[i + 2], new Link(words[i + 1], words[i + 2], words[i + 3]));
      }
    }
    Link master = new Link(words[0], words[1], words[2]);
    if (tree.exists(master.path())) {
      groups
          .computeIfAbsent(master.name(), _ -> new ArrayList<>())
          .add(new Choice(master, Integer.parseInt(words[3]), slaves));
    }
  }

  /** Whether three words are literal and not made by the shell. */
  private static boolean isSpelledOut(String[] words, int from) {
    return words[from].startsWith("/")
        && words[from + 2].startsWith("/")
        && !words[from + 1].contains("/")
        && WORD.matcher(words[from]).matches()
        && WORD.matcher(words[from + 1]).matches()
        && WORD.matcher(words[from + 2]).matches();
  }

  /** Makes a link through /etc/alternatives; false if its target or its place is not free. */
  private boolean make(Link link) throws IOException {
    String middle = "/etc/alternatives/" + link.name();
    if (!tree.exists(link.path()) || tree.node(link.link()) != null || tree.node(middle) != null) {
      return false;
    }
    tree.symlink(middle, link.path(), tree.attributes(0777), "");
    tree.symlink(link.link(), middle, tree.attributes(0777), "");
    return true;
  }
}
