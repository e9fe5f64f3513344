package io.rookery;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The certificates that the host trusts: those of this JVM, and of the host's own bundle. */
final class HostTrust {
  /** Where Debian, Red Hat, SUSE and Alpine keep theirs. */
  private static final List<String> BUNDLES =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/ssl/cert.pem");

  private HostTrust() {}

  static Set<X509Certificate> certificates() {
    Set<X509Certificate> all = new LinkedHashSet<>();
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          all.addAll(List.of(x509.getAcceptedIssuers()));
        }
      }
      for (String bundle : BUNDLES) {
        Path file = Path.of(bundle);
        if (Files.isReadable(file)) {
          all.addAll(parse(Files.readAllBytes(file)));
        }
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new VmException("the host's certificates cannot be read: " + e.getMessage(), e);
    }
    return all;
  }

  /** The certificates of a text in the PEM format, or the one in DER. */
  static List<X509Certificate> parse(byte[] content) throws CertificateException {
    Collection<? extends java.security.cert.Certificate> read =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(content));
    List<X509Certificate> all = new ArrayList<>();
    for (java.security.cert.Certificate certificate : read) {
      if (certificate instanceof X509Certificate x509) {
        all.add(x509);
      }
    }
    return all;
  }
}
