package io.rookery;

import io.rookery.tcpip.link.ChannelLink;
import io.rookery.tcpip.link.PacketSink;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * This JVM's part of a switch that all JVMs of the user share. One of them is the hub; when that
 * ends, another one is, and all guests come back with the addresses they had. Thread-safe.
 */
final class SharedSwitch {
  private static final System.Logger LOG = System.getLogger(SharedSwitch.class.getName());
  private static final Map<String, SharedSwitch> SWITCHES = new HashMap<>();
  private static final long FIRST_TRIES_NANOS = 10_000_000_000L;
  private static final long PAUSE_NANOS = 20_000_000L;

  private final String name;
  private final SharedFolder folder;
  // Guarded by this, all below.
  private final Set<Member> members = new LinkedHashSet<>();
  private @Nullable SharedHub hub;

  private SharedSwitch(String name, SharedFolder folder) {
    this.name = name;
    this.folder = folder;
  }

  /** A guest of this JVM. */
  private static final class Member {
    final Network.Guest guest;
    final ReplaceableSink sink;
    int number; // set once, before the guest has its sink
    int host; // guarded by the switch

    Member(SharedSwitch at, Network.Guest guest) {
      this.guest = guest;
      sink = new ReplaceableSink(SwitchHub.MTU, SwitchHub.OFFLOADS, () -> at.left(this));
    }
  }

  /** Joins a guest of this JVM to a switch of the user. */
  static Network.Joined join(String name, Network.Guest guest) {
    synchronized (SWITCHES) {
      SharedSwitch at = SWITCHES.get(name);
      try {
        if (at == null) {
          at = new SharedSwitch(name, SharedFolder.ofUser());
        }
        Network.Joined joined = at.join(guest);
        SWITCHES.put(name, at);
        return joined;
      } catch (IOException e) {
        throw new VmException("switch " + name + ": " + e.getMessage(), e);
      }
    }
  }

  private Network.Joined join(Network.Guest guest) throws IOException {
    Member member = new Member(this, guest);
    long until = System.nanoTime() + FIRST_TRIES_NANOS;
    while (true) {
      try {
        connect(member);
        break;
      } catch (IOException e) { // the hub ends, or begins
        if (System.nanoTime() - until > 0) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return SwitchHub.joined(member.sink, member.number, member.host);
  }

  /** Joins a guest to the hub, or makes one. */
  private synchronized void connect(Member member) throws IOException {
    if (hub == null) {
      hub = SharedHub.tryOpen(folder, name);
    }
    SharedHub here = hub;
    if (here != null) {
      try {
        joinHere(here, member);
      } catch (VmException e) {
        closeUnusedHub();
        throw e;
      }
    } else {
      joinThere(member);
    }
    members.add(member);
  }

  private static void joinHere(SharedHub hub, Member member) {
    Network.Joined joined = hub.join(member.guest, member.host);
    member.number = hub.number();
    member.host = SwitchHub.hostOf(joined);
    member.sink.replace(new ClosingSink(joined.sink(), () -> hub.leave(joined)));
  }

  private void joinThere(Member member) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try (Deadline _ = Deadline.of(channel)) {
      channel.connect(UnixDomainSocketAddress.of(folder.socket(name)));
      new SharedGreeting.Request(member.guest, member.host)
          .write(new DataOutputStream(Channels.newOutputStream(channel)));
      SharedGreeting.Answer answer =
          SharedGreeting.Answer.read(new DataInputStream(Channels.newInputStream(channel)));
      member.number = answer.number();
      member.host = answer.host();
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    PacketSink link =
        new ChannelLink(
            "switch " + name, channel, SwitchHub.MTU, SwitchHub.OFFLOADS, () -> lost(member));
    member.sink.replace(link);
  }

  /** The connection to the hub has ended: another one is found, or made here. */
  private void lost(Member member) {
    if (!member.sink.isClosed()) {
      Thread.ofPlatform().daemon().name("switch " + name).start(() -> reconnect(member));
    }
  }

  private void reconnect(Member member) {
    while (!member.sink.isClosed()) {
      try {
        connect(member);
        if (member.sink.isClosed()) {
          left(member);
        }
        return;
      } catch (IOException e) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } catch (VmException e) {
        LOG.log(
            System.Logger.Level.ERROR,
            "{0} has lost its place on the switch {1}",
            member.guest.hostname(),
            name);
        return;
      }
    }
  }

  private void left(Member member) {
    synchronized (SWITCHES) {
      synchronized (this) {
        members.remove(member);
        closeUnusedHub();
        if (members.isEmpty()) {
          SWITCHES.remove(name, this);
        }
      }
    }
  }

  private void closeUnusedHub() {
    SharedHub here = hub;
    if (members.isEmpty() && here != null) {
      hub = null;
      here.close();
    }
  }
}
