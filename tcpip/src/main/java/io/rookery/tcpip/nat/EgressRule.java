package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line of a policy.
 *
 * @param prefix addresses, null if it is about names
 * @param name a name, or {@code *.} and a suffix, or {@code *}; in lower case
 */
record EgressRule(
    boolean allow, @Nullable IpPrefix prefix, String name, int firstPort, int lastPort) {
  private static final int MOST_PORT = 0xffff;

  /** [IPv6] or anything without a colon, then ports; or a bare IPv6 prefix. */
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9a-fA-F:./]+)]|([^:\\[\\]]+))(?::(\\d{1,5})(?:-(\\d{1,5}))?)?");

  private static final Pattern NAME =
      Pattern.compile("\\*|(?:\\*\\.)?[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})*");

  static EgressRule parse(boolean allow, String text) {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) {
      if (text.indexOf(':') >= 0 && text.indexOf('[') < 0) {
        return new EgressRule(allow, prefix(text), "", 0, MOST_PORT);
      }
      throw new IllegalArgumentException("Neither CIDR nor host name with ports: " + text);
    }
    int first = m.group(3) == null ? 0 : Integer.parseInt(m.group(3));
    int last =
        m.group(4) != null ? Integer.parseInt(m.group(4)) : m.group(3) != null ? first : MOST_PORT;
    if (first > last || last > MOST_PORT) {
      throw new IllegalArgumentException("Ports from 0 to 65535: " + text);
    }
    String target = m.group(1) != null ? m.group(1) : m.group(2);
    boolean numeric = m.group(1) != null || target.matches("[0-9./]+");
    if (numeric) {
      return new EgressRule(allow, prefix(target), "", first, last);
    }
    String name = target.toLowerCase(Locale.ROOT);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("Neither CIDR nor host name: " + text);
    }
    return new EgressRule(allow, null, name, first, last);
  }

  /** IPv4 within IPv6 is IPv4 here as well. */
  private static IpPrefix prefix(String text) {
    IpPrefix parsed = IpPrefix.parse(text);
    IpAddress address = parsed.address();
    return address.isMapped() && parsed.length() >= 96
        ? new IpPrefix(address.unmapped(), parsed.length() - 96)
        : parsed;
  }

  boolean namesAnything() {
    return prefix == null;
  }

  boolean matchesName(String candidate) {
    return prefix == null
        && (name.equals("*")
            || name.equals(candidate)
            || name.startsWith("*.") && candidate.endsWith(name.substring(1)));
  }

  /**
   * Whether it is about a destination. A rule that allows is about special addresses only if it
   * lies within each of their ranges: whoever allows everything does not mean the loopback.
   */
  boolean matches(IpAddress address, int port, Collection<String> names, List<IpPrefix> special) {
    if (port < firstPort || port > lastPort) {
      return false;
    }
    if (prefix == null) {
      return (!allow || special.isEmpty()) && names.stream().anyMatch(this::matchesName);
    }
    return prefix.contains(address)
        && (!allow
            || special.stream()
                .allMatch(s -> s.length() <= prefix.length() && s.contains(prefix.address())));
  }
}
