package io.rookery.tcpip.tcp;

/** Sequence numbers, which wrap (RFC 9293 section 3.4). */
final class Seq {
  private Seq() {}

  static boolean before(int a, int b) {
    return a - b < 0;
  }

  static boolean after(int a, int b) {
    return a - b > 0;
  }

  static boolean atMost(int a, int b) {
    return a - b <= 0;
  }

  static int max(int a, int b) {
    return a - b > 0 ? a : b;
  }

  static int min(int a, int b) {
    return a - b < 0 ? a : b;
  }
}
