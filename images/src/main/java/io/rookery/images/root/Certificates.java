package io.rookery.images.root;

import io.rookery.trust.SubjectHash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code update-ca-certificates} does: one bundle of all certificates, a link to each, and the
 * links by hash under which OpenSSL looks an issuer up.
 */
final class Certificates {
  private static final String SOURCE = "/usr/share/ca-certificates";
  private static final String TARGET = "/etc/ssl/certs";

  private final RootTree tree;
  private final Map<String, Integer> hashes = new HashMap<>();
  private final StringBuilder bundle = new StringBuilder();
  private final StringBuilder list = new StringBuilder();

  private Certificates(RootTree tree) {
    this.tree = tree;
  }

  /** Installs all certificates that a package has brought; without any it does nothing. */
  static void install(RootTree tree) throws IOException {
    Certificates certificates = new Certificates(tree);
    for (String folder : tree.list(SOURCE)) {
      for (String name : tree.list(SOURCE + "/" + folder)) {
        if (name.endsWith(".crt")) {
          certificates.add(folder, name);
        }
      }
    }
    if (!certificates.bundle.isEmpty()) {
      tree.write(TARGET + "/ca-certificates.crt", 0644, certificates.bundle.toString());
      tree.write("/etc/ca-certificates.conf", 0644, certificates.list.toString());
    }
  }

  private void add(String folder, String name) throws IOException {
    String path = SOURCE + "/" + folder + "/" + name;
    String text = tree.readText(path);
    bundle.append(text);
    if (!text.endsWith("\n")) {
      bundle.append('\n');
    }
    list.append(folder).append('/').append(name).append('\n');
    String pem = name.substring(0, name.length() - ".crt".length()).replace(' ', '_') + ".pem";
    tree.symlink(TARGET + "/" + pem, path, tree.attributes(0777), "");
    Optional<String> hash = subjectHash(tree.read(path));
    if (hash.isPresent()) {
      int number = hashes.merge(hash.get(), 0, (old, _) -> old + 1);
      tree.symlink(TARGET + "/" + hash.get() + "." + number, pem, tree.attributes(0777), "");
    }
  }

  /** OpenSSL's hash of a subject. Empty if the certificate cannot be read. */
  static Optional<String> subjectHash(byte[] certificate) {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      return Optional.of(
          SubjectHash.of(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(certificate))));
    } catch (CertificateException e) {
      return Optional.empty();
    }
  }
}
