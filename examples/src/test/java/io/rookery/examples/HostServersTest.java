package io.rookery.examples;

import static io.rookery.examples.SwitchedVms.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Disks;
import io.rookery.Networks;
import io.rookery.Vm;
import io.rookery.tcpip.nat.EgressPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs of a guest and servers of this machine, through NAT: git, curl and OpenSSH, which is
 * used from the host into the guest as well.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HostServersTest {
  private static final String GATEWAY = "10.0.2.2";
  private static final String GIT =
      "export HOME=$PWD; git config --global user.email a@b; git config --global user.name B; ";

  @TempDir static Path directory;

  private static Path keys;
  private static GitHttpsServer https;
  private static int sshPort;
  private static Process sshd;
  private static Vm vm;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/lib/git-core/git-http-backend")), "no git here");
    keys = Files.createDirectory(directory.resolve("ssh"));
    natively(
        GIT
            + """
            git init -q -b main work; cd work; seq 2000 > f; git add f; git commit -q -m one
            git clone -q --bare . ../r.git; cp -r ../r.git ../s.git
            """);
    TestAuthority authority = TestAuthority.of(GATEWAY, directory);
    https = new GitHttpsServer(directory, authority.context());
    try (ServerSocket free = new ServerSocket(0)) {
      sshPort = free.getLocalPort();
    }
    EgressPolicy policy =
        EgressPolicy.builder()
            .allowHost(https.port(), https.port())
            .allowHost(sshPort, sshPort)
            .build();
    vm =
        Vm.builder()
            .disk(Disks.ephemeral(NetworkProgramsTest.image()))
            .network(Networks.host(policy))
            .trust(authority.certificate())
            .publish(0, 22)
            .mount(keys, "/keys", false)
            .capture(directory.resolve("guest.pcapng"))
            .build();
  }

  @AfterAll
  static void stop() throws Exception {
    if (vm != null) {
      vm.close();
      https.close();
      Tshark.assertSound(directory.resolve("guest.pcapng"));
    }
    if (sshd != null) {
      sshd.destroy();
    }
  }

  /** What a script of the host's prints, which must end well. */
  private static String natively(String script) throws Exception {
    Process process =
        new ProcessBuilder("/bin/bash", "-ec", script).directory(directory.toFile()).start();
    Outcome outcome = Outcome.of(process, 300);
    assertEquals(0, outcome.status(), () -> outcome.output() + outcome.errors());
    return outcome.output();
  }

  private static void cloneAndPush(String setting, String url, String repository) throws Exception {
    String printed =
        run(
            vm,
            GIT
                + setting
                + """
                rm -rf r; git clone -q URL r && cd r && wc -l < f && git log --format=%s
                seq 300000 > big; git add big; git commit -q -a -m two; git push -q origin main && echo pushed
                git fetch -q && git status -sb
                """
                    .replace("URL", url));
    assertEquals("2000\none\npushed\n## main...origin/main\n", printed);
    assertEquals(
        "two\n1988895\n",
        natively(
            "git -c safe.directory='*' -C R log -1 --format=%s; git -c safe.directory='*' -C R show main:big | wc -c"
                .replace("R", repository)));
  }

  @Test
  void gitOverHttps() throws Exception {
    cloneAndPush("", "https://%s:%d/r.git".formatted(GATEWAY, https.port()), "r.git");
  }

  @Test
  void curlOverHttps() throws Exception {
    String url = "https://%s:%d/r.git/HEAD".formatted(GATEWAY, https.port());
    assertEquals("ref: refs/heads/main\n", run(vm, "curl -sS " + url));
    assertEquals(
        "60\n",
        run(
            vm,
            "curl -s --cacert /usr/share/ca-certificates/mozilla/Amazon_Root_CA_1.crt --capath /nowhere "
                + url
                + "; echo $?"));
  }

  /** Starts the host's sshd on the loopback interface, and waits for it. */
  private static void startSshd() throws Exception {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/sshd")), "no openssh-server here");
    assumeTrue("root".equals(System.getProperty("user.name")), "not root");
    if (sshd != null) {
      return;
    }
    Files.createDirectories(Path.of("/run/sshd"));
    natively("cd ssh; for k in host id; do ssh-keygen -q -t ed25519 -N '' -f $k; done");
    List<String> command =
        new ArrayList<>(List.of("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null"));
    for (String option :
        List.of(
            "ListenAddress=127.0.0.1:" + sshPort,
            "HostKey=" + keys.resolve("host"),
            "AuthorizedKeysFile=" + keys.resolve("id.pub"),
            "StrictModes=no",
            "UsePAM=no",
            "PidFile=none",
            "Subsystem=sftp internal-sftp")) {
      command.addAll(List.of("-o", option));
    }
    sshd =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("sshd.log").toFile())
            .start();
    for (int i = 0; ; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), sshPort)) {
        assertEquals('S', socket.getInputStream().read());
        return;
      } catch (IOException e) {
        if (i == 100 || !sshd.isAlive()) {
          throw new IOException(Files.readString(directory.resolve("sshd.log"), UTF_8), e);
        }
        Thread.sleep(100);
      }
    }
  }

  private static String ssh(String program, String key, int port) {
    String option = program.equals("scp") ? "-P" : "-p";
    return "%s -q -F none -i %s %s %d -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        .formatted(program, key, option, port);
  }

  @Test
  void outOfTheGuestBySsh() throws Exception {
    startSshd();
    run(vm, "cp /keys/id /tmp/id; chmod 600 /tmp/id; seq 200000 > /tmp/big");
    String ssh = ssh("ssh", "/tmp/id", sshPort);
    assertEquals(
        "from there\n3\n", run(vm, ssh + " root@10.0.2.2 'echo from there; exit 3'; echo $?"));
    Path there = directory.resolve("from-guest");
    run(vm, ssh("scp", "/tmp/id", sshPort) + " /tmp/big root@10.0.2.2:" + there);
    assertEquals(run(vm, "sha256sum < /tmp/big"), natively("sha256sum < " + there));
    assertEquals(
        "same\n", run(vm, ssh + " root@10.0.2.2 cat " + there + " | cmp - /tmp/big && echo same"));
    cloneAndPush(
        "export GIT_SSH_COMMAND='" + ssh + "'; ",
        "ssh://root@10.0.2.2" + directory.resolve("s.git"),
        "s.git");
  }

  @Test
  void intoTheGuestBySsh() throws Exception {
    startSshd();
    SwitchedVms.serve(
        vm,
        22,
        """
        mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f /tmp/host_key; cp /keys/id.pub /tmp/authorized
        grep -q ^sshd: /etc/passwd || echo sshd:x:100:65534::/run/sshd:/usr/sbin/nologin >> /etc/passwd
        exec /usr/sbin/sshd -D -e -f /dev/null -o HostKey=/tmp/host_key -o AuthorizedKeysFile=/tmp/authorized \
          -o StrictModes=no -o UsePAM=no -o 'Subsystem=sftp internal-sftp'
        """);
    int port = vm.published(22).getPort();
    String key = keys.resolve("id").toString();
    String ssh = ssh("ssh", key, port) + " root@127.0.0.1 ";
    assertEquals("rookery\n3\n", natively("set +e; " + ssh + "'uname -n; exit 3'; echo $?"));
    natively("seq 200000 > big; " + ssh("scp", key, port) + " big root@127.0.0.1:/tmp/from-host");
    assertEquals(natively("sha256sum < big"), run(vm, "sha256sum < /tmp/from-host"));
    natively(ssh("scp", key, port) + " root@127.0.0.1:/tmp/from-host back; cmp big back");
    assertEquals("200000\n", natively(ssh + "'wc -l' < big"));
    assertEquals("/dev/pts/N\n", natively(ssh + "-tt tty").replaceAll("\\d+\\s+", "N\n"));
  }
}
