package io.rookery;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.rookery.linux.errno.ErrnoException;
import io.rookery.trust.SubjectHash;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Installs certificates in a guest, as update-ca-certificates(8) does with those in
 * /usr/local/share/ca-certificates: they are there, at the end of the bundle, and linked by
 * OpenSSL's hash. Those that the bundle has already are left alone.
 */
final class GuestTrust {
  private static final String LOCAL = "/usr/local/share/ca-certificates";
  private static final String TARGET = "/etc/ssl/certs";
  private static final String BUNDLE = "ca-certificates.crt";
  private static final int MOST_OF_ONE_HASH = 100;

  private final RootFileSystem root;

  private GuestTrust(RootFileSystem root) {
    this.root = root;
  }

  static void install(RootFileSystem root, Collection<X509Certificate> certificates) {
    if (certificates.isEmpty()) {
      return;
    }
    try {
      new GuestTrust(root).install(certificates);
    } catch (ErrnoException e) {
      throw new VmException("certificates cannot be installed: " + e.errno(), e);
    }
  }

  private void install(Collection<X509Certificate> certificates) {
    byte[] bundle = root.read(TARGET + "/" + BUNDLE);
    Set<X509Certificate> there = new HashSet<>();
    if (bundle != null && bundle.length > 0) {
      try {
        there.addAll(HostTrust.parse(bundle));
      } catch (CertificateException e) {
        // The guest's own affair: all are added.
      }
    }
    List<X509Certificate> added = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    if (bundle != null && bundle.length > 0 && bundle[bundle.length - 1] != '\n') {
      text.append('\n');
    }
    for (X509Certificate certificate : certificates) {
      if (there.add(certificate)) {
        added.add(certificate);
        text.append(pem(certificate));
      }
    }
    if (added.isEmpty()) {
      return;
    }
    root.makeDirectories(LOCAL);
    root.makeDirectories(TARGET);
    root.append(TARGET, BUNDLE, text.toString().getBytes(US_ASCII));
    for (X509Certificate certificate : added) {
      String name = "rookery-" + fingerprint(certificate);
      root.append(LOCAL, name + ".crt", pem(certificate).getBytes(US_ASCII));
      root.symlink(TARGET, name + ".pem", LOCAL + "/" + name + ".crt");
      String hash = SubjectHash.of(certificate);
      for (int i = 0; i < MOST_OF_ONE_HASH; i++) {
        if (root.symlink(TARGET, hash + "." + i, name + ".pem")) {
          break;
        }
      }
    }
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JRE has it
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }

  private static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }
}
