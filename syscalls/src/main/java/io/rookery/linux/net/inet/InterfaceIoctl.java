package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.net.Interfaces;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The ioctls about interfaces that every socket has (netdevice(7)). */
public final class InterfaceIoctl {
  private static final int FIRST = 0x890B; // SIOCADDRT
  private static final int LAST = 0x89A3;

  private static final int SIOCGIFNAME = 0x8910;
  private static final int SIOCGIFCONF = 0x8912;
  private static final int SIOCGIFFLAGS = 0x8913;
  private static final int SIOCSIFFLAGS = 0x8914;
  private static final int SIOCGIFADDR = 0x8915;
  private static final int SIOCGIFDSTADDR = 0x8917;
  private static final int SIOCGIFBRDADDR = 0x8919;
  private static final int SIOCGIFNETMASK = 0x891B;
  private static final int SIOCGIFMETRIC = 0x891D;
  private static final int SIOCGIFMTU = 0x8921;
  private static final int SIOCGIFHWADDR = 0x8927;
  private static final int SIOCGIFINDEX = 0x8933;
  private static final int SIOCGIFTXQLEN = 0x8942;

  private static final int NAME_SIZE = 16; // IFNAMSIZ
  private static final int REQUEST = 40; // struct ifreq
  private static final int REQUEST_32 = 32;

  private InterfaceIoctl() {}

  /** Whether a request is one of these. */
  public static boolean handles(int request) {
    return request >= FIRST && request <= LAST;
  }

  /** Answers a request: argument is a struct ifreq or a struct ifconf. */
  public static long call(Task task, int request, long argument) {
    NetworkNamespace network = task.kernel().network();
    UserMemory m = task.memory();
    switch (request) {
      case SIOCGIFCONF -> configuration(task, network, argument);
      case SIOCGIFNAME -> {
        IpInterface i = network.byIndex(m.getInt(argument + NAME_SIZE));
        if (i == null) {
          throw Errno.ENODEV.exception();
        }
        m.write(argument, name(i));
      }
      case SIOCSIFFLAGS -> setFlags(task, named(m, network, argument), argument);
      default -> m.write(argument + NAME_SIZE, answer(task, request, argument));
    }
    return 0;
  }

  private static byte[] answer(Task task, int request, long argument) {
    return switch (request) {
      case SIOCGIFFLAGS,
          SIOCGIFADDR,
          SIOCGIFDSTADDR,
          SIOCGIFBRDADDR,
          SIOCGIFNETMASK,
          SIOCGIFMETRIC,
          SIOCGIFMTU,
          SIOCGIFHWADDR,
          SIOCGIFINDEX,
          SIOCGIFTXQLEN ->
          about(request, named(task.memory(), task.kernel().network(), argument));
      default -> throw refused(task, request);
    };
  }

  private static ErrnoException refused(Task task, int request) {
    task.kernel().reportRefused("ioctl 0x" + Integer.toHexString(request) + " of sockets");
    boolean administrator = task.credentials().capable(Capability.NET_ADMIN);
    return (administrator ? Errno.EOPNOTSUPP : Errno.EPERM).exception();
  }

  private static byte[] about(int request, IpInterface i) {
    return switch (request) {
      case SIOCGIFFLAGS -> number(Interfaces.flags(i), 2);
      case SIOCGIFMETRIC -> number(0, 4);
      case SIOCGIFMTU -> number(i.mtu(), 4);
      case SIOCGIFINDEX -> number(i.index(), 4);
      case SIOCGIFTXQLEN -> number(Interfaces.QUEUE_LENGTH, 4);
      case SIOCGIFHWADDR -> Arrays.copyOf(number(Interfaces.type(i), 2), 16);
      case SIOCGIFADDR, SIOCGIFDSTADDR -> address(first(i).address());
      case SIOCGIFBRDADDR -> address(broadcast(first(i)));
      default -> address(Interfaces.mask(first(i)));
    };
  }

  private static IpAddress broadcast(IpPrefix p) {
    return p.address().isLoopback() || !p.hasBroadcast() ? IpAddress.ANY_V4 : p.broadcast();
  }

  private static IpPrefix first(IpInterface i) {
    List<IpPrefix> all = Interfaces.addresses(i, false);
    if (all.isEmpty()) {
      throw Errno.EADDRNOTAVAIL.exception();
    }
    return all.getFirst();
  }

  private static byte[] address(IpAddress a) {
    return SocketAddresses.of(new Endpoint(a, 0));
  }

  private static byte[] number(int value, int size) {
    byte[] b = new byte[size];
    for (int i = 0; i < size; i++) {
      b[i] = (byte) (value >>> 8 * i);
    }
    return b;
  }

  private static byte[] name(IpInterface i) {
    return Arrays.copyOf(i.name().getBytes(StandardCharsets.US_ASCII), NAME_SIZE);
  }

  private static IpInterface named(UserMemory m, NetworkNamespace network, long request) {
    byte[] name = m.read(request, NAME_SIZE);
    int end = 0;
    while (end < NAME_SIZE && name[end] != 0 && name[end] != ':') { // behind a colon: an alias
      end++;
    }
    IpInterface i = network.byName(new String(name, 0, end, StandardCharsets.US_ASCII));
    if (i == null) {
      throw Errno.ENODEV.exception();
    }
    return i;
  }

  private static void setFlags(Task task, IpInterface i, long request) {
    if (!task.credentials().capable(Capability.NET_ADMIN)) {
      throw Errno.EPERM.exception();
    }
    i.setUp((task.memory().getShort(request + NAME_SIZE) & Interfaces.IFF_UP) != 0);
  }

  /** Interfaces with their IPv4 addresses; without a buffer, how long that would be. */
  private static void configuration(Task task, NetworkNamespace network, long argument) {
    UserMemory m = task.memory();
    boolean narrow = task.inCall32();
    int size = narrow ? REQUEST_32 : REQUEST;
    int room = m.getInt(argument);
    long buffer = narrow ? m.getInt(argument + 4) & 0xffffffffL : m.getLong(argument + 8);
    int done = 0;
    for (IpInterface i : network.stack().interfaces()) {
      for (IpPrefix p : Interfaces.addresses(i, false)) {
        if (buffer != 0) {
          if (room - done < size) {
            break;
          }
          byte[] entry = Arrays.copyOf(name(i), size);
          System.arraycopy(address(p.address()), 0, entry, NAME_SIZE, 16);
          m.write(buffer + done, entry);
        }
        done += size;
      }
    }
    m.putInt(argument, done);
  }
}
