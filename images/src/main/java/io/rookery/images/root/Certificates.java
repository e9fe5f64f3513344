package io.rookery.images.root;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;

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

  /**
   * OpenSSL's hash of a subject: the first four bytes, little-endian, of the SHA-1 of its canonical
   * encoding (X509_NAME_hash). Empty if the certificate cannot be read.
   */
  static Optional<String> subjectHash(byte[] certificate) throws IOException {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      var parsed =
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(certificate));
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      X500Name subject = X500Name.getInstance(parsed.getSubjectX500Principal().getEncoded());
      for (RDN rdn : subject.getRDNs()) {
        sha1.update(canonical(rdn).getEncoded(ASN1Encoding.DER));
      }
      byte[] digest = sha1.digest();
      int value =
          (digest[0] & 0xFF)
              | (digest[1] & 0xFF) << 8
              | (digest[2] & 0xFF) << 16
              | (digest[3] & 0xFF) << 24;
      return Optional.of(String.format(Locale.ROOT, "%08x", value));
    } catch (CertificateException | NoSuchAlgorithmException e) {
      return Optional.empty();
    }
  }

  /** Texts in UTF-8 and lower case, blanks trimmed and collapsed; other values as they are. */
  private static ASN1Object canonical(RDN rdn) {
    ASN1EncodableVector set = new ASN1EncodableVector();
    for (AttributeTypeAndValue pair : rdn.getTypesAndValues()) {
      ASN1EncodableVector canonical = new ASN1EncodableVector();
      canonical.add(pair.getType());
      if (pair.getValue() instanceof ASN1String text) {
        canonical.add(new DERUTF8String(fold(text.getString())));
      } else {
        canonical.add(pair.getValue());
      }
      set.add(new DERSequence(canonical));
    }
    return new DERSet(set);
  }

  /** OpenSSL folds ASCII only. */
  private static String fold(String text) {
    StringBuilder folded = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      folded.append(c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c);
    }
    return folded.toString().replaceAll("[ \\t\\n\\u000B\\f\\r]+", " ").replaceAll("^ | $", "");
  }
}
