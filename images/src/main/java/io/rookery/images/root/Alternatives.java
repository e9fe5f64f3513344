package io.rookery.images.root;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The links that maintainer scripts would ask {@code update-alternatives} for, such as {@code awk}:
 * read from the scripts without running them, as far as they are spelled out.
 */
final class Alternatives {
  private static final Pattern WORD = Pattern.compile("[a-zA-Z0-9/][a-zA-Z0-9_+.@:/\\-]*");

  private record Link(String link, String name, String path) {}

  /** The choice of highest priority for a link, with the slave links that follow it. */
  private record Choice(Link master, int priority, List<Link> slaves) {}

  private final RootTree tree;
  private final Map<String, Choice> choices = new LinkedHashMap<>();

  private Alternatives(RootTree tree) {
    this.tree = tree;
  }

  /** Makes the links of all scripts. */
  static void install(RootTree tree, List<String> scripts) throws IOException {
    Alternatives alternatives = new Alternatives(tree);
    scripts.forEach(alternatives::scan);
    for (Choice choice : alternatives.choices.values()) {
      alternatives.make(choice.master());
      for (Link slave : choice.slaves()) {
        alternatives.make(slave);
      }
    }
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
    List<Link> slaves = new ArrayList<>();
    for (int i = 4; i + 3 < words.length && words[i].equals("--slave"); i += 4) {
      if (isSpelledOut(words, i + 1)) {
        slaves.add(new Link(words[i + 1], words[i + 2], words[i + 3]));
      }
    }
    Link master = new Link(words[0], words[1], words[2]);
    Choice found = new Choice(master, Integer.parseInt(words[3]), slaves);
    if (tree.exists(master.path())) {
      choices.merge(
          master.name(), found, (old, next) -> next.priority() > old.priority() ? next : old);
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

  private void make(Link link) throws IOException {
    String middle = "/etc/alternatives/" + link.name();
    if (tree.exists(link.path()) && tree.node(link.link()) == null && tree.node(middle) == null) {
      tree.symlink(middle, link.path(), tree.attributes(0777), "");
      tree.symlink(link.link(), middle, tree.attributes(0777), "");
    }
  }
}
