package io.rookery.images.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.images.testing.MemoryRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
  @TempDir Path folder;

  /** The certificates that the JDK trusts: real ones, of many spellings. */
  private static List<X509Certificate> trusted() throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    return List.of(((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers());
  }

  private static String pem(X509Certificate certificate) throws GeneralSecurityException {
    String text =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
    return "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
  }

  @Test
  void hashesAsOpensslDoes() throws GeneralSecurityException, IOException, InterruptedException {
    Path openssl = Path.of("/usr/bin/openssl");
    assumeTrue(Files.isExecutable(openssl), "this host has no openssl to compare with");
    for (X509Certificate certificate : trusted()) {
      Path file = Files.writeString(folder.resolve("c.pem"), pem(certificate));
      Process process =
          new ProcessBuilder(
                  openssl.toString(), "x509", "-noout", "-subject_hash", "-in", file.toString())
              .start();
      String hash = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      assertEquals(
          Optional.of(hash.strip()),
          Certificates.subjectHash(Files.readAllBytes(file)),
          certificate.getSubjectX500Principal().toString());
    }
  }

  @Test
  void knowsAPublishedHash() throws GeneralSecurityException, IOException {
    for (X509Certificate certificate : trusted()) {
      if (certificate.getSubjectX500Principal().getName().contains("CN=ISRG Root X1")) {
        byte[] bytes = pem(certificate).getBytes(StandardCharsets.US_ASCII);
        assertEquals(Optional.of("4042bcee"), Certificates.subjectHash(bytes));
        return;
      }
    }
    assumeTrue(false, "this JDK does not trust ISRG Root X1");
  }

  @Test
  void installsBundleAndLinks() throws GeneralSecurityException, IOException {
    MemoryRoot root = new MemoryRoot();
    RootTree tree = new RootTree(root, Instant.EPOCH);
    String first = pem(trusted().getFirst());
    tree.write("/usr/share/ca-certificates/mozilla/A_B.crt", 0644, first);
    tree.write("/usr/share/ca-certificates/mozilla/Twin.crt", 0644, first.stripTrailing());
    tree.write("/usr/share/ca-certificates/mozilla/broken.crt", 0644, "nonsense\n");
    tree.write("/usr/share/ca-certificates/mozilla/README", 0644, "no");
    Certificates.install(tree);
    assertEquals(first + first + "nonsense\n", root.text("/etc/ssl/certs/ca-certificates.crt"));
    String hash = Certificates.subjectHash(first.getBytes(StandardCharsets.US_ASCII)).orElseThrow();
    assertEquals("A_B.pem", root.text("/etc/ssl/certs/" + hash + ".0"));
    assertEquals("Twin.pem", root.text("/etc/ssl/certs/" + hash + ".1"));
    assertEquals("/usr/share/ca-certificates/mozilla/A_B.crt", root.text("/etc/ssl/certs/A_B.pem"));
    assertNotNull(root.get("/etc/ca-certificates.conf"));
    List<String> paths = new ArrayList<>(root.files.keySet());
    assertEquals(
        3 + 2, paths.stream().filter(p -> p.matches("/etc/ssl/certs/.*\\.(pem|\\d)")).count());
  }

  @Test
  void withoutCertificatesThereIsNoBundle() throws IOException {
    MemoryRoot root = new MemoryRoot();
    Certificates.install(new RootTree(root, Instant.EPOCH));
    assertNull(root.get("/etc/ssl/certs/ca-certificates.crt"));
  }
}
