package io.rookery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A switch that several JVMs share, one of which ends now and then. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SharedSwitchTest {
  private final String name = "test of " + ProcessHandle.current().pid() + " " + System.nanoTime();
  private final List<Process> children = new ArrayList<>();

  @TempDir Path temporary;

  /** Another JVM with a guest that echoes. */
  private record Child(Process process, String address) {
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  private Child child(String hostname) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath(),
            SwitchPeer.class.getName(),
            name,
            hostname);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    children.add(process);
    BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII);
    return new Child(process, String.valueOf(lines.readLine()));
  }

  private static String classPath() {
    return folderOf(Vm.class)
        + File.pathSeparator
        + folderOf(SwitchPeer.class)
        + File.pathSeparator
        + System.getProperty("java.class.path")
        + File.pathSeparator
        + System.getProperty("jdk.module.path", "");
  }

  private static Path folderOf(Class<?> type) {
    String file = String.valueOf(type.getResource(type.getSimpleName() + ".class"));
    return Path.of(file.replace("file:", "")).resolve("../../..").normalize();
  }

  @AfterEach
  void endChildren() throws Exception {
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
    SharedFolder folder = SharedFolder.ofUser();
    folder.forget(name);
  }

  private static void echo(TcpStream stream, int seed) throws IOException {
    byte[] data = new byte[100_000];
    new Random(seed).nextBytes(data);
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                stream.output().write(data);
              } catch (IOException e) {
                System.err.println("cannot send: " + e);
              }
            });
    assertArrayEquals(data, stream.input().readNBytes(data.length));
  }

  @Test
  void guestsOfThreeJvmsOutliveTheHub() throws Exception {
    Child hub = child("hub");
    Child other = child("other");
    try (SwitchPeer here = new SwitchPeer(name, "here");
        TcpStream toHub = TcpStream.connect(here.stack, Endpoint.of(hub.address, SwitchPeer.PORT));
        TcpStream toOther =
            TcpStream.connect(here.stack, Endpoint.of(other.address, SwitchPeer.PORT))) {
      assertEquals(
          3, List.of(hub.address, other.address, here.address()).stream().distinct().count());
      echo(toHub, 1);
      echo(toOther, 2);
      hub.kill();
      echo(toOther, 3); // the connection is the same, over another hub
      Child late = child("late");
      assertFalse(List.of(other.address, here.address()).contains(late.address));
      try (TcpStream toLate =
          TcpStream.connect(here.stack, Endpoint.of(late.address, SwitchPeer.PORT))) {
        echo(toLate, 4);
      }
      assertEquals(other.address, resolved(here, "other"));
      other.kill();
      late.kill();
    }
  }

  /** What the switch's name server says, asked by hand. */
  private static String resolved(SwitchPeer by, String host) throws Exception {
    ByteBuffer query = ByteBuffer.allocate(100);
    query.putShort((short) 1).putShort((short) 0x100).putShort((short) 1);
    query.putShort((short) 0).putInt(0);
    query.put((byte) host.length()).put(host.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    query.putShort((short) 1).putShort((short) 1).flip();
    try (UdpSocket udp = by.stack.udp(false)) {
      ByteBuffer answer = ByteBuffer.allocate(512);
      for (int i = 0; i < 100; i++) {
        udp.send(query.duplicate(), new Endpoint(by.joined.nameServers().getFirst(), 53));
        for (int j = 0; j < 20; j++) {
          Thread.sleep(10);
          if (udp.receive(answer.clear()) != null) {
            int end = answer.position();
            byte[] last = {
              answer.get(end - 4), answer.get(end - 3), answer.get(end - 2), answer.get(end - 1)
            };
            if (answer.getShort(6) == 1) {
              return InetAddress.getByAddress(last).getHostAddress();
            }
          }
        }
      }
    }
    return "nobody";
  }

  @Test
  void theLastGuestLeavesNothing() throws Exception {
    SharedFolder folder = SharedFolder.ofUser();
    try (SwitchPeer one = new SwitchPeer(name, "one");
        SwitchPeer two = new SwitchPeer(name, "two")) {
      assertNotEquals(one.address(), two.address());
      assertTrue(Files.exists(folder.socket(name)));
    }
    assertFalse(Files.exists(folder.socket(name)));
    try (SwitchPeer again = new SwitchPeer(name, "again")) {
      assertTrue(again.address().endsWith(".2"), again.address());
    }
  }

  /** Noise on the socket harms nobody. */
  @Test
  void hostilePeersAreDropped() throws Exception {
    SharedFolder folder = SharedFolder.ofUser();
    Random random = new Random(8);
    Child child = child("child");
    try (SwitchPeer here = new SwitchPeer(name, "here");
        TcpStream stream =
            TcpStream.connect(here.stack, Endpoint.of(child.address, SwitchPeer.PORT))) {
      for (int i = 0; i < 60; i++) {
        try (SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          peer.connect(UnixDomainSocketAddress.of(folder.socket(name)));
          byte[] noise = new byte[random.nextInt(5000)];
          random.nextBytes(noise);
          if (i % 2 == 0) { // a good greeting, and then noise
            peer.write(ByteBuffer.wrap(new byte[] {0x52, 0x4b, 0x53, 0x31, 1, 'x', 0, 0}));
          }
          peer.write(ByteBuffer.wrap(noise));
        } catch (IOException e) {
          // It may be dropped while it is speaking.
        }
      }
      echo(stream, 5);
    }
  }

  @Test
  void aFolderOfOthersIsRefused() throws Exception {
    Path open = Files.createDirectory(temporary.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThrows(FileSystemException.class, () -> SharedFolder.at(open));
    Path link = Files.createSymbolicLink(temporary.resolve("link"), temporary);
    assertThrows(FileSystemException.class, () -> SharedFolder.at(link));
    SharedFolder made = SharedFolder.at(temporary.resolve("fresh"));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(made.socket("x").getParent())));
    SharedFolder.State first = made.state("a", 1);
    assertNotEquals(first.number(), made.state("b", 1).number());
    made.write("a", new SharedFolder.State(first.number(), 77));
    assertEquals(77, made.state("a", 1).lastHost());
    made.forget("a");
    assertEquals(first, made.state("c", 1));
  }
}
