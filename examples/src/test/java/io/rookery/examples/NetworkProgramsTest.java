package io.rookery.examples;

import static io.rookery.examples.SwitchedVms.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Vm;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debian's network programs: servers in one VM, clients in another, a switch between them. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class NetworkProgramsTest {
  private static final List<String> PACKAGES =
      List.of(
          "ca-certificates",
          "curl",
          "git",
          "iperf3",
          "iproute2",
          "iputils-ping",
          "netcat-openbsd",
          "openssh-client",
          "openssh-server",
          "openssl",
          "python3",
          "redis-server",
          "rsync",
          "tcpdump",
          "traceroute",
          "wget");

  private static final long SECONDS = 120;
  private static final int APPLICATION = 5000;

  @TempDir static Path captures;

  private static SwitchedVms vms;
  private static Vm client;
  private static Vm server;

  /** The image with all of these programs. */
  static Path image() {
    return SwitchedVms.image("network-2", PACKAGES);
  }

  @BeforeAll
  static void start() {
    vms = SwitchedVms.start(image(), "programs", captures, vm -> vm.publish(0, APPLICATION));
    client = vms.client();
    server = vms.server();
  }

  @AfterAll
  static void stop() throws Exception {
    vms.close();
    Tshark.assertSound(captures.resolve("client.pcapng"));
    Tshark.assertSound(captures.resolve("server.pcapng"));
  }

  @Test
  void ping() throws Exception {
    for (Vm from : List.of(client, server)) {
      for (String arguments : new String[] {"-4 server", "-6 server", "-n 127.0.0.1", "-n ::1"}) {
        String[] parts = arguments.split(" ", -1);
        assertEquals(
            "3 packets transmitted, 3 received, 0% packet loss\n",
            run(
                from,
                "ping %s -c 3 -i 0.2 -s 3000 %s | tail -2 | head -1 | cut -d, -f1-3"
                    .formatted(parts[0], parts[1])),
            arguments);
      }
    }
    assertEquals(
        "1 packets transmitted, 0 received, 100% packet loss\n",
        run(
            client,
            "ping -c 1 -W 0.3 $(getent ahostsv4 server | head -1 | cut -d. -f1-3).250"
                + " | grep packets | cut -d, -f1-3"));
  }

  @Test
  void traceroute() throws Exception {
    for (String method : new String[] {"", "-I", "-T -p 9", "-6", "-6 -I"}) {
      assertEquals(
          "1 3\n",
          run(
              client,
              "traceroute -w 10,0,0 -N 1 %s server | tail -n +2 | awk '{print $1, gsub(/ ms/, \"\")}'"
                  .formatted(method)),
          method);
    }
  }

  /** Starts tcpdump, which prints into a file and ends after so many packets. */
  private static Process capture(Vm vm, int packets, String arguments) throws Exception {
    Process process =
        vm.process(
                "/bin/bash",
                "-c",
                "rm -f captured; exec tcpdump -Z root -n -t -vv -c %d %s > captured 2> listening"
                    .formatted(packets, arguments))
            .directory("/tmp")
            .start();
    run(
        vm,
        "for i in $(seq 600); do grep -q listening.on listening && exit; sleep 0.1; done;"
            + " cat listening; exit 1");
    return process;
  }

  /** What tcpdump says of packets behind their IP headers, without numbers that are anybody's. */
  private static String captured(Vm vm, Process capture) throws Exception {
    assertTrue(capture.waitFor(SECONDS, TimeUnit.SECONDS), "too few packets");
    assertEquals(0, capture.exitValue());
    assertEquals("0 packets dropped by kernel\n", run(vm, "grep dropped listening"));
    return run(vm, "cat captured")
        .replaceAll("IP \\(.*\\)\n *", "")
        .replaceAll("id \\d+", "id N")
        .replaceAll("((\\d+\\.){4})\\d+ >", "$1N >");
  }

  @Test
  void tcpdump() throws Exception {
    Process onLoopback =
        capture(client, 3, "-i lo 'udp port 7200 or icmp[icmptype] != icmp-unreach'");
    run(client, "ping -c 1 -n 127.0.0.1; echo hello > /dev/udp/127.0.0.1/7200");
    assertEquals(
        """
        127.0.0.1 > 127.0.0.1: ICMP echo request, id N, seq 1, length 64
        127.0.0.1 > 127.0.0.1: ICMP echo reply, id N, seq 1, length 64
        127.0.0.1.N > 127.0.0.1.7200: [udp sum ok] UDP, length 6
        """,
        captured(client, onLoopback));
    Process onSwitch = capture(server, 3, "-i eth0 udp port 7201 and greater 31");
    String own = "getent ahostsv4 $(uname -n) | head -1 | cut -d' ' -f1";
    String from = run(client, own).strip();
    String to = run(server, own).strip();
    run(client, "for i in 1 22 333 4444; do echo $i > /dev/udp/%s/7201; done".formatted(to));
    assertEquals(
        """
        FROM.N > TO.7201: [udp sum ok] UDP, length 3
        FROM.N > TO.7201: [udp sum ok] UDP, length 4
        FROM.N > TO.7201: [udp sum ok] UDP, length 5
        """
            .replace("FROM", from)
            .replace("TO", to),
        captured(server, onSwitch));
    Process onAny = capture(client, 2, "-i any udp port 7202");
    run(client, "for a in 127.0.0.1 %s; do echo $a > /dev/udp/$a/7202; done".formatted(to));
    assertEquals(
        """
        lo    In  127.0.0.1.N > 127.0.0.1.7202: [udp sum ok] UDP, length 10
        eth0  Out FROM.N > TO.7202: [udp sum ok] UDP, length LENGTH
        """
            .replace("FROM", from)
            .replace("TO", to)
            .replace("LENGTH", Integer.toString(to.length() + 1)),
        captured(client, onAny));
  }

  @Test
  void netcat() throws Exception {
    vms.serve(
        7100, "nc -l -k -N 7100 > got & (sleep 0.1; nc -4 -u -l -W 1 7101 > datagram) & wait");
    String sent =
        run(
            client,
            "seq 300000 > data; nc -N server 7100 < data; echo datagram | nc -4 -u -w 1 server"
                + " 7101; sha256sum < data; nc -z server 7102 || echo refused");
    String got =
        run(
            server,
            "for i in $(seq 100); do [ $(wc -c < got) = 1988895 ] && break; sleep 0.1; done;"
                + " sha256sum < got; cat datagram");
    assertEquals(sent.replace("refused", "datagram"), got);
  }

  /** An authority made in one guest is installed in the other, as Debian does it. */
  @Test
  void certificates() throws Exception {
    vms.serve(
        8443,
        """
        mkdir -p www && cd www && seq 100000 > numbers
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
          -subj '/CN=Rookery test CA' -keyout ca.key -out ca.crt
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server \
          -keyout key -out csr
        echo subjectAltName=DNS:server > names
        openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -extfile names \
          -out crt
        (nc -l -N 8444 < ca.crt) &
        exec openssl s_server -accept 8443 -cert crt -key key -WWW -quiet
        """);
    String printed =
        run(
            client,
            """
            curl -s https://server:8443/numbers; echo $?
            mkdir -p /usr/local/share/ca-certificates
            nc server 8444 > /usr/local/share/ca-certificates/test.crt < /dev/null
            %s > /dev/null 2>&1
            curl -s https://server:8443/numbers | cmp - <(seq 100000) && echo curl
            wget -q -O - https://server:8443/numbers | cmp - <(seq 100000) && echo wget
            """
                .formatted(
                    Boolean.getBoolean("rookery.full")
                        ? "update-ca-certificates" // starts a thousand processes
                        : "tee -a /etc/ssl/certs/ca-certificates.crt"
                            + " < /usr/local/share/ca-certificates/test.crt"));
    assertEquals("60\ncurl\nwget\n", printed);
  }

  @Test
  void rsync() throws Exception {
    vms.serve(
        873,
        """
        mkdir -p /srv/m/sub; seq 50000 > /srv/m/a; ln -s a /srv/m/link; chmod 600 /srv/m/a
        printf '[m]\\npath=/srv/m\\nread only=no\\nuid=0\\ngid=0\\n' > /etc/rsyncd.conf
        exec rsync --daemon --no-detach
        """);
    String printed =
        run(
            client,
            """
            rsync -a rsync://server/m/ m/; readlink m/link; stat -c %a m/a; cmp m/a <(seq 50000)
            echo more >> m/a; rsync -a --stats m/ rsync://server/m/ | grep 'files transferred'
            rsync rsync://server/none/ 2>&1 | grep -o 'Unknown module'
            """);
    assertEquals("a\n600\nNumber of regular files transferred: 1\nUnknown module\n", printed);
    assertEquals("more\n", run(server, "tail -1 /srv/m/a"));
  }

  @Test
  void redis() throws Exception {
    vms.serve(6379, "exec redis-server --bind '*' '-::*' --protected-mode no --save ''");
    assertEquals(
        "OK\n42\n1\n1000\n",
        run(
            client,
            """
            redis-cli -h server set answer 41; redis-cli -h server incr answer
            redis-cli -h server lpush list a
            seq 1000 | sed 's/.*/SET key& value&/' | redis-cli -h server | grep -c OK
            """));
  }

  @Test
  void iperf3() throws Exception {
    vms.serve(5201, "exec iperf3 -s");
    for (String way : new String[] {"-R", "-6", "-u -b 20M"}) {
      String json = run(client, "iperf3 -J -c server -n 5M " + way);
      assertTrue(json.contains("\"sum_received\"") || json.contains("\"sum\""), json);
      assertTrue(!json.contains("\"error\""), json);
    }
  }

  @Test
  void git() throws Exception {
    vms.serve(
        9418,
        """
        export HOME=/tmp; git config --global user.email a@b; git config --global user.name A
        git init -q -b main work; cd work; seq 2000 > f; git add f; git commit -q -m one
        git clone -q --bare . ../r.git
        exec git daemon --base-path=/tmp --export-all --enable=receive-pack
        """);
    String printed =
        run(
            client,
            """
            export HOME=/tmp; git config --global user.email a@b; git config --global user.name B
            git clone -q git://server/r.git && cd r && wc -l < f && git log --format=%s
            echo x >> f; git commit -q -a -m two; git push -q origin main && echo pushed
            git ls-remote git://server/none.git 2>&1 | grep -o 'not exported' | head -1
            """);
    assertTrue(printed.startsWith("2000\none\npushed\n"), printed);
    assertEquals("two\n", run(server, "git -C r.git log -1 --format=%s"));
  }

  /** OpenSSH both ways; the host's own client has no part in it. */
  @Test
  void secureShell() throws Exception {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
    vms.serve(
        22,
        """
        mkdir -p /run/sshd /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
        grep -q ^sshd: /etc/passwd || echo sshd:x:100:65534::/run/sshd:/usr/sbin/nologin >> /etc/passwd
        ssh-keygen -q -t ed25519 -N '' -f /tmp/id; cp /tmp/id.pub /root/.ssh/authorized_keys
        (cat /tmp/id | nc -N -l 7103) &
        printf 'UsePAM no\\nSubsystem sftp internal-sftp\\n' > /etc/ssh/sshd_config
        exec /usr/sbin/sshd -D -e
        """);
    String printed =
        run(
            client,
            """
            nc server 7103 > id; chmod 600 id
            echo 'StrictHostKeyChecking accept-new' > o; ssh() { command ssh -F o -i id "$@"; }
            ssh root@server "uname -n; exit 3" 2>/dev/null; echo $?
            seq 200000 > big; scp -q -F o -i id big root@server:/tmp/big
            ssh root@server cat /tmp/big | cmp - big && echo same
            ssh -f -N -L 7104:127.0.0.1:22 root@server; nc -w 1 127.0.0.1 7104 < /dev/null | cut -c1-7
            """);
    assertEquals("server\n3\nsame\nSSH-2.0\n", printed);
  }

  /** An application with a database in the guest, opened from the host through a published port. */
  @Test
  void applicationWithDatabase() throws Exception {
    vms.serve(
        APPLICATION,
        """
        exec python3 -c '
        import socket, sqlite3
        d = sqlite3.connect("/tmp/app.db")
        d.execute("create table notes (id integer primary key, text)")
        l = socket.create_server(("", 5000))
        while True:
            c = l.accept()[0]; f = c.makefile("rwb")
            method = (f.readline().split() or [b"none"])[0]; size = 0
            while (line := f.readline().strip().lower()):
                if line.startswith(b"content-length:"): size = int(line[15:])
            if method == b"POST":
                with d: i = d.execute("insert into notes (text) values (?)", (f.read(size).decode(),))
                body = str(i.lastrowid)
            elif method == b"none": continue # looked whether somebody listens
            else: body = repr(d.execute("select * from notes").fetchall())
            f.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body))
            f.write(body.encode()); f.close(); c.close()'
        """);
    URL at = new URI("http://127.0.0.1:" + server.published(APPLICATION).getPort() + "/").toURL();
    for (int i = 1; i <= 3; i++) {
      assertEquals(Integer.toString(i), fetch(at, "note " + i));
    }
    String all = "[(1, 'note 1'), (2, 'note 2'), (3, 'note 3')]";
    assertEquals(all, fetch(at, null));
    for (String get : new String[] {"curl -s", "wget -q -O -"}) {
      assertEquals(all, run(client, get + " http://server:" + APPLICATION));
    }
  }

  /** What the host gets for a request: POST of a text, or GET without one. */
  private static String fetch(URL from, @Nullable String text) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) from.openConnection(Proxy.NO_PROXY);
    connection.setReadTimeout(60_000);
    if (text != null) {
      connection.setDoOutput(true);
      connection.getOutputStream().write(text.getBytes(UTF_8));
    }
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
