package io.rookery.tcpip.nat;

import io.rookery.tcpip.ForwardedConnection;
import io.rookery.tcpip.Unreachable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;

/** What the JVM says about a failure, as a router would say it. */
final class DialErrors {
  private DialErrors() {}

  static Unreachable reason(IOException e) {
    return e instanceof NoRouteToHostException ? Unreachable.HOST : Unreachable.NETWORK;
  }

  static void answer(ForwardedConnection request, IOException e) {
    boolean timedOut = String.valueOf(e.getMessage()).contains("timed out");
    if (timedOut) {
      request.drop(); // the guest's own patience decides
    } else if (e instanceof ConnectException) {
      request.refuse();
    } else {
      request.unreachable(reason(e));
    }
  }
}
