package io.rookery.linux.call;

import com.google.common.collect.ImmutableList;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.conformance.HostPrograms;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One behaviour of a system call that a program in {@code calls/} shows, as its source names it.
 *
 * @param program the source's name without its ending
 * @param call the row's name
 * @param what the program's description
 */
public record Behaviour(String program, String call, String what) {
  /** The programs: a source each. */
  public static final ImmutableList<String> PROGRAMS =
      ImmutableList.of(
          "accepting",
          "accessing",
          "advice",
          "alarms",
          "ancillary",
          "awaiting",
          "capabilities",
          "clocks",
          "cloning",
          "connections",
          "counters",
          "descriptors",
          "directories",
          "endings",
          "exchange",
          "epolling",
          "executing",
          "faulting",
          "filecontrol",
          "filestatus",
          "filetimes",
          "flushing",
          "futexes",
          "groups",
          "i386only",
          "handling",
          "links",
          "mapping",
          "messagequeues",
          "modes",
          "mounting",
          "multiplexers",
          "niceness",
          "nodes",
          "opening",
          "owners",
          "pipes",
          "places",
          "polling",
          "posixqueues",
          "prctls",
          "processids",
          "processmemory",
          "reading",
          "remapping",
          "renaming",
          "resources",
          "returning",
          "schedulers",
          "segments",
          "semaphoresets",
          "sending",
          "sizes",
          "socketoptions",
          "sockets",
          "system",
          "threadstate",
          "timeofday",
          "timers",
          "transfers",
          "users",
          "watches",
          "writing",
          "xattrs");

  /** What they share. */
  static final ImmutableList<String> HEADERS =
      ImmutableList.of("calls.h", "addresses.h", "handlers.h");

  /** Where the sources are. */
  static final String DIRECTORY = "/io/rookery/linux/calls/";

  private static final Pattern USE =
      Pattern.compile("\\b(?:CALL|CALL_OK|EFFECT)\\((\\w+),\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern DIRECTIVE =
      Pattern.compile("(?m)^#(ifdef|ifndef|if|else|endif)\\b *(.*)$");

  /** What a program shows of an architecture's rows, in the order of its source. */
  public static List<Behaviour> of(String program, SyscallTable table) {
    boolean is64 = table.architecture().equals("x86-64");
    ImmutableList.Builder<Behaviour> found = ImmutableList.builder();
    String source = source(program);
    Deque<Boolean> conditions = new ArrayDeque<>();
    Matcher matcher = Pattern.compile(USE + "|" + DIRECTIVE).matcher(source);
    while (matcher.find()) {
      String call = matcher.group(1);
      if (call == null) {
        follow(conditions, matcher.group(3), matcher.group(4), is64, table);
      } else if (!conditions.contains(false)) {
        found.add(new Behaviour(program, call, matcher.group(2)));
      }
    }
    return found.build();
  }

  /** Keeps account of the conditions that the programs use: architectures and calls. */
  private static void follow(
      Deque<Boolean> conditions, String directive, String of, boolean is64, SyscallTable table) {
    switch (directive) {
      case "ifdef" -> conditions.push(holds(of, is64, table));
      case "ifndef" -> conditions.push(!holds(of, is64, table));
      case "else" -> conditions.push(!conditions.pop());
      case "endif" -> conditions.pop();
      default -> throw new IllegalArgumentException("#" + directive + " " + of);
    }
  }

  private static boolean holds(String name, boolean is64, SyscallTable table) {
    return switch (name) {
      case "__x86_64__" -> is64;
      case "__i386__" -> !is64;
      default -> {
        if (!name.startsWith("SYS_")) {
          throw new IllegalArgumentException("#ifdef " + name);
        }
        yield table.rows().stream().anyMatch(r -> ("SYS_" + r.name()).equals(name));
      }
    };
  }

  private static String source(String program) {
    try (InputStream in =
        Objects.requireNonNull(
            HostPrograms.class.getResourceAsStream(DIRECTORY + program + ".c"), program)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
