package io.rookery.images.repo;

import java.net.URI;

/**
 * One suite of one archive.
 *
 * @param archive the archive's root, ending in a slash
 * @param suite the path below {@code dists}, such as {@code bookworm-security}
 * @param required whether a build fails if the archive does not carry it; else it is left out
 */
public record ArchiveSource(URI archive, String suite, boolean required) {
  /** Makes sure that the address ends in a slash, so that paths resolve below it. */
  public ArchiveSource {
    if (!archive.toString().endsWith("/")) {
      archive = URI.create(archive + "/");
    }
  }

  /** The address of a file below the suite's folder. */
  URI inSuite(String path) {
    return archive.resolve("dists/" + suite + "/" + path);
  }

  /** An address without user name and password, for messages. */
  public static String shown(URI uri) {
    String info = uri.getRawUserInfo();
    return info == null ? uri.toString() : uri.toString().replace(info + "@", "");
  }
}
