package io.rookery.images.root;

import io.rookery.images.deb.DebFile.ControlFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * dpkg's database in {@code /var/lib/dpkg}: every package is "unpacked", so that {@code dpkg
 * --configure -a} inside the guest can run the maintainer scripts that were not run here.
 */
final class DpkgDatabase {
  static final String FOLDER = "/var/lib/dpkg";

  private final RootTree tree;
  private final SortedMap<String, String> status = new TreeMap<>();
  private final SortedMap<String, List<String>> triggerInterests = new TreeMap<>();
  private final List<String> fileTriggers = new ArrayList<>();

  DpkgDatabase(RootTree tree) {
    this.tree = tree;
  }

  /**
   * Adds an unpacked package.
   *
   * @param control its control fields
   * @param files the members of its control.tar
   * @param paths the installed paths as the package spells them, in its order
   * @param conffiles MD5 of each configuration file by path
   */
  void add(
      Map<String, String> control,
      Map<String, ControlFile> files,
      List<String> paths,
      Map<String, String> conffiles)
      throws IOException {
    String name = control.getOrDefault("Package", "");
    // dpkg's infodb format 1: packages that can be installed for two architectures at once.
    String infoName =
        "same".equals(control.get("Multi-Arch"))
            ? name + ":" + control.getOrDefault("Architecture", "")
            : name;
    for (var file : files.entrySet()) {
      if (!file.getKey().equals("control")) {
        tree.write(
            FOLDER + "/info/" + infoName + "." + file.getKey(),
            tree.attributes(file.getValue().mode()),
            file.getValue().bytes());
      }
    }
    tree.write(FOLDER + "/info/" + infoName + ".list", 0644, String.join("\n", paths) + "\n");
    status.put(infoName, stanza(control, conffiles));
    ControlFile triggers = files.get("triggers");
    if (triggers != null) {
      triggers.text().lines().forEach(line -> addTrigger(line, infoName));
    }
  }

  private static String stanza(Map<String, String> control, Map<String, String> conffiles) {
    StringBuilder text = new StringBuilder();
    text.append("Package: ").append(control.getOrDefault("Package", "")).append('\n');
    text.append("Status: install ok unpacked\n");
    control.forEach(
        (field, value) -> {
          if (!field.equals("Package") && !field.equals("Description")) {
            text.append(field).append(": ").append(value).append('\n');
          }
        });
    if (!conffiles.isEmpty()) {
      text.append("Conffiles:\n");
      conffiles.forEach(
          (path, md5) -> text.append(' ').append(path).append(' ').append(md5).append('\n'));
    }
    String description = control.get("Description");
    if (description != null) {
      text.append("Description: ").append(description).append('\n');
    }
    return text.append('\n').toString();
  }

  /** deb-triggers(5): interest in a path goes to one common file, in a name to its own. */
  private void addTrigger(String line, String infoName) {
    String[] words = line.replaceFirst("#.*", "").strip().split("\\s+", -1);
    if (words.length != 2 || !words[0].startsWith("interest")) {
      return;
    }
    String interested = words[0].equals("interest-noawait") ? infoName + "/noawait" : infoName;
    if (words[1].startsWith("/")) {
      fileTriggers.add(words[1] + " " + interested);
    } else if (words[1].matches("[a-zA-Z0-9][a-zA-Z0-9+.:\\-_]*")) {
      triggerInterests.computeIfAbsent(words[1], _ -> new ArrayList<>()).add(interested);
    }
  }

  /** Writes what all packages share. */
  void finish() throws IOException {
    tree.write(FOLDER + "/status", 0644, String.join("", status.values()));
    tree.write(FOLDER + "/available", 0644, "");
    tree.write(FOLDER + "/diversions", 0644, "");
    tree.write(FOLDER + "/statoverride", 0644, "");
    tree.write(FOLDER + "/info/format", 0644, "1\n");
    for (String folder : List.of("alternatives", "parts", "updates", "triggers")) {
      tree.directory(FOLDER + "/" + folder, tree.attributes(0755), "");
    }
    tree.write(FOLDER + "/triggers/Unincorp", 0644, "");
    if (!fileTriggers.isEmpty()) {
      tree.write(FOLDER + "/triggers/File", 0644, String.join("\n", fileTriggers) + "\n");
    }
    for (var trigger : triggerInterests.entrySet()) {
      tree.write(
          FOLDER + "/triggers/" + trigger.getKey(),
          0644,
          String.join("\n", trigger.getValue()) + "\n");
    }
  }
}
