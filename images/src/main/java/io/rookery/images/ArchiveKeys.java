package io.rookery.images;

import io.rookery.images.repo.KeyRing;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * The OpenPGP keys that may sign an archive's indexes. A key counts only if the fingerprint of its
 * primary key is pinned by the caller; immutable and thread-safe.
 */
public final class ArchiveKeys {
  /**
   * Debian's archive signing keys by fingerprint, as Debian publishes them: three for each of
   * Debian 11, 12 and 13. A suite goes on being signed with the keys of its neighbours.
   */
  private static final Map<String, String> DEBIAN =
      Map.of(
          "1F89983E0081FDE018F3CC9673A4F27B8DD47936", "archive, 11/bullseye",
          "AC530D520F2F3269F5E98313A48449044AAD5C5D", "security archive, 11/bullseye",
          "A4285295FC7B1A81600062A9605C66F00D6C9793", "stable release, 11/bullseye",
          "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8", "archive, 12/bookworm",
          "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0", "security archive, 12/bookworm",
          "4D64FEC119C2029067D6E791F8D2585B8783D481", "stable release, 12/bookworm",
          "04B54C3CDCA79751B16BC6B5225629DF75B188BD", "archive, 13/trixie",
          "5E04A1E3223A19A20706E20F9904613D4CCE68C6", "security archive, 13/trixie",
          "41587F7DB8C774BCCF131416762F67A0B2C39DE4", "stable release, 13/trixie");

  private final KeyRing ring;

  private ArchiveKeys(KeyRing ring) {
    this.ring = ring;
  }

  /** The keys of the Debian archive, which come with this library. */
  public static ArchiveKeys debian() {
    try (InputStream in = ArchiveKeys.class.getResourceAsStream("debian-archive-keys.asc")) {
      if (in == null) {
        throw new IllegalStateException("the resource debian-archive-keys.asc is missing");
      }
      return new ArchiveKeys(KeyRing.read(in.readAllBytes(), DEBIAN.keySet()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Keys of another archive.
   *
   * @param publicKeys public keys, ASCII-armored or binary
   * @param fingerprints of the primary keys to trust, in hexadecimal without blanks; each must be
   *     among the public keys, all others are left out
   * @throws BadSignatureException if a pinned key is missing or the data cannot be read
   */
  public static ArchiveKeys of(byte[] publicKeys, List<String> fingerprints) {
    return new ArchiveKeys(KeyRing.read(publicKeys, fingerprints));
  }

  KeyRing ring() {
    return ring;
  }
}
