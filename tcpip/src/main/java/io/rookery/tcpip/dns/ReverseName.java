package io.rookery.tcpip.dns;

import io.rookery.tcpip.address.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names that stand for addresses (RFC 1035 section 3.5, RFC 3596 section 2.5). */
public final class ReverseName {
  private static final String V4 = ".in-addr.arpa";
  private static final String V6 = ".ip6.arpa";

  private ReverseName() {}

  /** The address; null for other names. */
  public static @Nullable IpAddress parse(String name) {
    boolean v6 = name.endsWith(V6);
    if (!v6 && !name.endsWith(V4)) {
      return null;
    }
    String digits = name.substring(0, name.length() - (v6 ? V6 : V4).length());
    List<String> parts = List.of(digits.split("\\.", -1));
    if (parts.size() != (v6 ? 32 : 4)) {
      return null;
    }
    byte[] bytes = new byte[v6 ? 16 : 4];
    try {
      for (int i = 0; i < parts.size(); i++) {
        int value = Integer.parseUnsignedInt(parts.get(parts.size() - 1 - i), v6 ? 16 : 10);
        if (value > (v6 ? 15 : 255)) {
          return null;
        }
        int at = v6 ? i / 2 : i;
        bytes[at] = (byte) (v6 ? bytes[at] << 4 | value : value);
      }
    } catch (NumberFormatException e) {
      return null;
    }
    return IpAddress.of(bytes);
  }
}
