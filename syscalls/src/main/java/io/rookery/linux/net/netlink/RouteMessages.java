package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.Interfaces;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.Routes;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What rtnetlink(7) answers: interfaces, addresses and routes. */
final class RouteMessages {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_SETLINK = 19;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_GETNEIGH = 30;
  private static final int RTM_NEWRULE = 32;
  private static final int RTM_GETRULE = 34;

  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_BROADCAST = 2;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_QDISC = 6;
  private static final int IFLA_TXQLEN = 13;
  private static final int IFLA_OPERSTATE = 16;
  private static final int IFLA_LINKMODE = 17;
  private static final int IFLA_STATS64 = 23;
  private static final int IFLA_GROUP = 27;
  private static final int IFLA_CARRIER = 33;
  private static final int LINK_BODY = 16; // struct ifinfomsg
  private static final int STATS64 = 24 * 8;

  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_LABEL = 3;
  private static final int IFA_BROADCAST = 4;
  private static final int IFA_CACHEINFO = 6;
  private static final int IFA_FLAGS = 8;
  private static final int IFA_F_PERMANENT = 0x80;

  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_PRIORITY = 6;
  private static final int RTA_PREFSRC = 7;
  private static final int RTA_TABLE = 15;
  private static final int ROUTE_BODY = 12; // struct rtmsg
  private static final int FRA_PRIORITY = 6;
  private static final int FRA_SUPPRESS_PREFIXLEN = 14;
  private static final int FRA_TABLE = 15;
  private static final int FRA_PROTOCOL = 21;
  private static final int FR_ACT_TO_TBL = 1;
  private static final int TABLE_DEFAULT = 253;
  private static final int TABLE_MAIN = 254;
  private static final int TABLE_LOCAL = 255;
  private static final int PROTOCOL_KERNEL = 2;
  private static final int PROTOCOL_BOOT = 3;
  private static final int SCOPE_LINK = 253;
  private static final int SCOPE_HOST = 254;
  private static final int TYPE_UNICAST = 1;
  private static final int TYPE_LOCAL = 2;

  private final Task task;
  private final NetworkNamespace network;
  private final NetlinkRequest request;
  private final int port;
  private final List<byte[]> answers = new ArrayList<>();

  private RouteMessages(Task task, NetlinkRequest request, int port) {
    this.task = task;
    this.network = task.kernel().network();
    this.request = request;
    this.port = port;
  }

  /**
   * The messages that answer a request, an end or acknowledgment not included.
   *
   * @throws io.rookery.linux.errno.ErrnoException what NLMSG_ERROR is to say
   */
  static List<byte[]> answers(Task task, NetlinkRequest request, int port) {
    RouteMessages m = new RouteMessages(task, request, port);
    m.answer();
    return m.answers;
  }

  private void answer() {
    switch (request.type()) {
      case RTM_GETLINK -> links();
      case RTM_GETADDR -> addresses();
      case RTM_GETROUTE -> routes();
      case RTM_GETRULE -> rules();
      case RTM_GETNEIGH -> {
        // Links without a link layer have no neighbours.
      }
      case RTM_NEWLINK, RTM_SETLINK -> setLink();
      default -> {
        checkAdministrator();
        task.kernel().reportRefused("rtnetlink message " + request.type());
        throw Errno.EOPNOTSUPP.exception();
      }
    }
  }

  private void checkAdministrator() {
    boolean asks = request.type() % 4 == 2; // RTM_GET…
    if (!asks && !task.credentials().capable(Capability.NET_ADMIN)) {
      throw Errno.EPERM.exception();
    }
  }

  private NetlinkWriter message(int type) {
    return new NetlinkWriter(
        type, request.isDump() ? NetlinkWriter.MULTI : 0, request.sequence(), port);
  }

  private static boolean wants(int family, boolean v6) {
    return switch (family) {
      case SocketAddresses.AF_INET -> !v6;
      case SocketAddresses.AF_INET6 -> v6;
      default -> family == SocketAddresses.AF_UNSPEC;
    };
  }

  // --- Interfaces ---

  private void links() {
    if (request.isDump()) {
      network.stack().interfaces().forEach(this::link);
    } else {
      link(chosen());
    }
  }

  private IpInterface chosen() {
    int index = request.bodyInt(4);
    byte[] name = request.attribute(LINK_BODY, IFLA_IFNAME);
    IpInterface found =
        index != 0
            ? network.byIndex(index)
            : name == null
                ? null
                : network.byName(new String(name, StandardCharsets.UTF_8).replace("\0", ""));
    if (found == null) {
      throw (index == 0 && name == null ? Errno.EINVAL : Errno.ENODEV).exception();
    }
    return found;
  }

  private void link(IpInterface i) {
    NetlinkWriter m = message(RTM_NEWLINK);
    m.byte_(0).byte_(0).short_(Interfaces.type(i)).int_(i.index());
    m.int_(Interfaces.flags(i)).int_(0);
    m.attribute(IFLA_IFNAME, i.name());
    m.attribute(IFLA_TXQLEN, Interfaces.QUEUE_LENGTH);
    m.attribute(IFLA_OPERSTATE, (byte) 0).attribute(IFLA_LINKMODE, (byte) 0);
    m.attribute(IFLA_MTU, i.mtu()).attribute(IFLA_GROUP, 0);
    m.attribute(IFLA_CARRIER, (byte) (i.isUp() ? 1 : 0));
    int length = Interfaces.hardwareAddressLength(i);
    if (length > 0) {
      m.attribute(IFLA_ADDRESS, new byte[length]).attribute(IFLA_BROADCAST, new byte[length]);
    }
    m.attribute(IFLA_QDISC, "noqueue");
    IpInterface.Traffic t = i.traffic();
    ByteBuffer stats = ByteBuffer.allocate(STATS64).order(ByteOrder.LITTLE_ENDIAN);
    stats.putLong(t.packetsIn()).putLong(t.packetsOut());
    stats.putLong(t.bytesIn()).putLong(t.bytesOut());
    m.attribute(IFLA_STATS64, stats.array());
    answers.add(m.done());
  }

  /** Starts or stops an interface; nothing else of it can be changed. */
  private void setLink() {
    checkAdministrator();
    IpInterface i = chosen();
    int flags = request.bodyInt(8);
    int change = request.bodyInt(12);
    if (((change == 0 ? Interfaces.IFF_UP : change) & ~Interfaces.IFF_UP) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    i.setUp((flags & Interfaces.IFF_UP) != 0);
  }

  // --- Addresses ---

  private void addresses() {
    if (!request.isDump()) {
      throw Errno.EOPNOTSUPP.exception();
    }
    for (boolean v6 : new boolean[] {false, true}) {
      for (IpInterface i : network.stack().interfaces()) {
        if (wants(request.family(), v6)) {
          Interfaces.addresses(i, v6).forEach(p -> address(i, p));
        }
      }
    }
  }

  private void address(IpInterface i, IpPrefix p) {
    IpAddress a = p.address();
    NetlinkWriter m = message(RTM_NEWADDR);
    m.byte_(a.v6() ? SocketAddresses.AF_INET6 : SocketAddresses.AF_INET).byte_(p.length());
    m.byte_(IFA_F_PERMANENT).byte_(Interfaces.scope(a)).int_(i.index());
    m.attribute(IFA_ADDRESS, a.toBytes());
    if (!a.v6()) {
      m.attribute(IFA_LOCAL, a.toBytes());
      if (!a.isLoopback() && p.hasBroadcast()) {
        m.attribute(IFA_BROADCAST, p.broadcast().toBytes());
      }
      m.attribute(IFA_LABEL, i.name());
    }
    m.attribute(IFA_FLAGS, IFA_F_PERMANENT);
    ByteBuffer lifetimes = ByteBuffer.allocate(16).putInt(-1).putInt(-1); // for ever
    m.attribute(IFA_CACHEINFO, lifetimes.array());
    answers.add(m.done());
  }

  // --- Routes ---

  private void routes() {
    if (!request.isDump()) {
      lookup();
      return;
    }
    for (Route r : network.stack().routes()) {
      boolean v6 = r.destination().address().v6();
      if (wants(request.family(), v6)) {
        IpInterface out = network.byIndex(r.interfaceIndex());
        boolean local = out != null && out.isLoopback();
        route(r, r.destination().network(), r.destination().length(), local);
      }
    }
  }

  /** The rules that Linux begins with; there are no others. */
  private void rules() {
    if (!request.isDump()) {
      throw Errno.EOPNOTSUPP.exception();
    }
    for (boolean v6 : new boolean[] {false, true}) {
      if (wants(request.family(), v6)) {
        rule(v6, TABLE_LOCAL, 0);
        rule(v6, TABLE_MAIN, 32_766);
        if (!v6) {
          rule(false, TABLE_DEFAULT, 32_767);
        }
      }
    }
  }

  private void rule(boolean v6, int table, int priority) {
    NetlinkWriter m = message(RTM_NEWRULE);
    m.byte_(v6 ? SocketAddresses.AF_INET6 : SocketAddresses.AF_INET).byte_(0).byte_(0).byte_(0);
    m.byte_(table).byte_(0).byte_(0).byte_(FR_ACT_TO_TBL).int_(0);
    m.attribute(FRA_TABLE, table).attribute(FRA_SUPPRESS_PREFIXLEN, -1);
    if (priority != 0) {
      m.attribute(FRA_PRIORITY, priority);
    }
    m.attribute(FRA_PROTOCOL, (byte) PROTOCOL_KERNEL);
    answers.add(m.done());
  }

  /** The one route to an address (ip route get). */
  private void lookup() {
    byte[] to = request.attribute(ROUTE_BODY, RTA_DST);
    if (to == null || to.length != 4 && to.length != 16) {
      throw Errno.EINVAL.exception();
    }
    IpAddress address = IpAddress.of(to);
    boolean local = Routes.isLocal(network, address);
    Route found =
        local
            ? Route.direct(IpPrefix.host(address), network.stack().loopback().index())
            : Routes.to(network, address);
    if (found == null) {
      throw Errno.ENETUNREACH.exception();
    }
    route(found, address, address.bits(), local);
  }

  private void route(Route r, IpAddress destination, int length, boolean local) {
    boolean v6 = destination.v6();
    int table = local && request.isDump() ? TABLE_LOCAL : TABLE_MAIN; // a lookup asked main
    boolean direct = r.gateway() == null;
    NetlinkWriter m = message(RTM_NEWROUTE);
    m.byte_(v6 ? SocketAddresses.AF_INET6 : SocketAddresses.AF_INET).byte_(length);
    m.byte_(0).byte_(0).byte_(table).byte_(direct ? PROTOCOL_KERNEL : PROTOCOL_BOOT);
    m.byte_(local ? SCOPE_HOST : direct && !v6 ? SCOPE_LINK : 0);
    m.byte_(local ? TYPE_LOCAL : TYPE_UNICAST).int_(0);
    m.attribute(RTA_TABLE, table);
    if (length > 0) {
      m.attribute(RTA_DST, destination.toBytes());
    }
    IpAddress gateway = r.gateway();
    if (gateway != null) {
      m.attribute(RTA_GATEWAY, gateway.toBytes());
    }
    IpAddress source = r.source();
    if (source != null) {
      m.attribute(RTA_PREFSRC, source.toBytes());
    }
    if (r.metric() != 0) {
      m.attribute(RTA_PRIORITY, r.metric());
    }
    m.attribute(RTA_OIF, r.interfaceIndex());
    answers.add(m.done());
  }
}
