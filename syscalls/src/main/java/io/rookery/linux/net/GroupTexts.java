package io.rookery.linux.net;

import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.address.IpAddress;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The groups that interfaces are members of: /proc/net/igmp and igmp6. */
public final class GroupTexts {
  private static final IpAddress ALL_HOSTS = IpAddress.parse("224.0.0.1");
  private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
  private static final IpAddress ALL_NODES_HERE = IpAddress.parse("ff01::1");
  private static final HexFormat HEX = HexFormat.of();

  private GroupTexts() {}

  /** igmp. No reports are sent, so no timers run. */
  public static String v4(NetworkNamespace network) {
    StringBuilder b =
        new StringBuilder("Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n");
    for (IpInterface i : network.stack().interfaces()) {
      Map<String, Integer> groups = groups(i, false);
      b.append(
          String.format(
              Locale.ROOT, "%d\t%-10s: %5d %7s\n", i.index(), i.name(), groups.size(), "V3"));
      groups.forEach(
          (group, users) ->
              b.append(
                  String.format(
                      Locale.ROOT,
                      "\t\t\t\t%08X %5d 0:00000000\t\t0\n",
                      Integer.reverseBytes((int) Long.parseLong(group, 16)),
                      users)));
    }
    return b.toString();
  }

  /** igmp6. */
  public static String v6(NetworkNamespace network) {
    StringBuilder b = new StringBuilder();
    for (IpInterface i : network.stack().interfaces()) {
      groups(i, true)
          .forEach(
              (group, users) ->
                  b.append(
                      String.format(
                          Locale.ROOT,
                          "%-4d %-15s %s %5d 00000004 0\n",
                          i.index(),
                          i.name(),
                          group,
                          users)));
    }
    return b.toString();
  }

  /** Groups as hexadecimal digits, the greatest first, with how often each was joined. */
  private static Map<String, Integer> groups(IpInterface i, boolean v6) {
    Map<String, Integer> all = new TreeMap<>(Comparator.reverseOrder());
    i.groups().forEach((group, users) -> add(all, group, v6, users));
    if (i.isUp()) {
      add(all, ALL_HOSTS, v6, 1);
      add(all, ALL_NODES, v6, 1);
      add(all, ALL_NODES_HERE, v6, 1);
    }
    return all;
  }

  private static void add(Map<String, Integer> to, IpAddress group, boolean v6, int users) {
    if (group.v6() == v6) {
      to.merge(HEX.formatHex(group.toBytes()), users, Integer::sum);
    }
  }
}
