package io.rookery.images.repo;

/**
 * A Debian package version, ordered as Debian Policy 5.6.12 says: epoch, then upstream version,
 * then Debian revision. Two versions that compare as equal need not be spelled alike ({@code 1.0}
 * and {@code 1.00}), so this order is not consistent with {@code equals}.
 */
public record DebianVersion(long epoch, String upstream, String revision, String text)
    implements Comparable<DebianVersion> {

  /** Parses any text; what is no valid version is compared as far as it goes, as dpkg does. */
  public static DebianVersion parse(String text) {
    String rest = text.strip();
    long epoch = 0;
    int colon = rest.indexOf(':');
    if (colon > 0 && colon <= 10 && rest.chars().limit(colon).allMatch(DebianVersion::isDigit)) {
      epoch = Long.parseLong(rest.substring(0, colon));
      rest = rest.substring(colon + 1);
    }
    int dash = rest.lastIndexOf('-');
    String upstream = dash < 0 ? rest : rest.substring(0, dash);
    String revision = dash < 0 ? "" : rest.substring(dash + 1);
    return new DebianVersion(epoch, upstream, revision, text.strip());
  }

  @Override
  public int compareTo(DebianVersion other) {
    int order = Long.compare(epoch, other.epoch);
    if (order == 0) {
      order = comparePart(upstream, other.upstream);
    }
    return order == 0 ? comparePart(revision, other.revision) : order;
  }

  @Override
  public String toString() {
    return text;
  }

  /** Policy 5.6.12: alternating runs of non-digits, by {@link #weight}, and digits, by number. */
  private static int comparePart(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      while ((i < a.length() && !isDigit(a.charAt(i)))
          || (j < b.length() && !isDigit(b.charAt(j)))) {
        int order = Integer.compare(weight(a, i), weight(b, j));
        if (order != 0) {
          return order;
        }
        i++;
        j++;
      }
      i = skipZeros(a, i);
      j = skipZeros(b, j);
      int endA = endOfDigits(a, i);
      int endB = endOfDigits(b, j);
      if (endA - i != endB - j) {
        return Integer.compare(endA - i, endB - j);
      }
      int order = a.substring(i, endA).compareTo(b.substring(j, endB));
      if (order != 0) {
        return order;
      }
      i = endA;
      j = endB;
    }
    return 0;
  }

  /** Tilde before the end, the end before letters, letters before everything else. */
  private static int weight(String s, int at) {
    if (at >= s.length() || isDigit(s.charAt(at))) {
      return 0;
    }
    char c = s.charAt(at);
    if (c == '~') {
      return -1;
    }
    boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter ? c : c + 256;
  }

  private static int skipZeros(String s, int from) {
    int i = from;
    while (i < s.length() && s.charAt(i) == '0') {
      i++;
    }
    return i;
  }

  private static int endOfDigits(String s, int from) {
    int i = from;
    while (i < s.length() && isDigit(s.charAt(i))) {
      i++;
    }
    return i;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
