package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.tcpip.nat.EgressPolicy;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that the host gives to a guest, and a server on this machine that has one. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class TrustTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir static Path directory;

  private static X509Certificate authority;
  private static LoopbackHttp server;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/curl"))
            && Files.isExecutable(Path.of("/usr/bin/openssl"))
            && Files.isRegularFile(Path.of("/etc/ssl/certs/ca-certificates.crt")),
        "this host has no curl, no openssl, or no certificates where Debian has them");
    Path keys = directory.resolve("keys");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                keys.toString(),
                "-storepass",
                new String(PASSWORD),
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=Rookery  Test Authority, O=Ärzte",
                "-ext",
                "san=ip:10.0.2.2",
                "-ext",
                "bc=ca:true")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    authority = (X509Certificate) store.getCertificate("server");
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = new LoopbackHttp("secret\n".getBytes(UTF_8), context.getServerSocketFactory());
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static int port() {
    return server.address().getPort();
  }

  private static VmBuilder builder() {
    return Vm.builder()
        .disk(Disks.hostDirectory(Path.of("/")))
        .network(Networks.host(EgressPolicy.builder().allowHost(port(), port()).build()));
  }

  private static String url() {
    return "https://10.0.2.2:" + port() + "/page";
  }

  @Test
  void curlPythonAndOpensslTrustWhomTheHostNames() throws Exception {
    try (Vm vm = builder().trust(authority, authority).build()) {
      assertEquals("secret\n", GuestPrograms.sh(vm, "curl -sS " + url()));
      String python =
          GuestPrograms.python(
              vm,
              """
              import socket, ssl
              c = socket.create_connection(('10.0.2.2', %d))
              s = ssl.create_default_context().wrap_socket(c, server_hostname='10.0.2.2')
              s.sendall(b'GET /page HTTP/1.0\\r\\n\\r\\n')
              print(b'200 OK' in s.recv(1000))
              """
                  .formatted(port()));
      assertEquals("True\n", python);
      // By the links alone, which OpenSSL finds by hash.
      String verify = "openssl verify -no-CAfile -no-CAstore -CApath /etc/ssl/certs ";
      assertTrue(
          GuestPrograms.sh(vm, verify + "/usr/local/share/ca-certificates/rookery-*.crt")
              .endsWith(": OK\n"));
      assertEquals(
          "1\n", GuestPrograms.sh(vm, "ls /usr/local/share/ca-certificates | grep -c ^rookery-"));
    }
  }

  @Test
  void othersDoNot() throws Exception {
    try (Vm vm = builder().build()) {
      assertEquals("60\n", GuestPrograms.sh(vm, "curl -s " + url() + "; echo $?"));
    }
  }

  @Test
  void theHostsOwnAreThere() throws Exception {
    try (Vm vm = builder().trustHost().build()) {
      String count = "grep -c BEGIN /etc/ssl/certs/ca-certificates.crt";
      Process natively = new ProcessBuilder("/bin/sh", "-c", count).start();
      int before =
          Integer.parseInt(new String(natively.getInputStream().readAllBytes(), UTF_8).strip());
      assertTrue(Integer.parseInt(GuestPrograms.sh(vm, count).strip()) >= before);
    }
  }

  @Test
  void aDirectoryOfTheHostIsLeftAlone() throws Exception {
    Files.createDirectories(directory.resolve("root"));
    VmBuilder builder =
        Vm.builder().disk(Disks.writableHostDirectory(directory.resolve("root"))).trust(authority);
    assertThrows(VmException.class, builder::build);
  }
}
