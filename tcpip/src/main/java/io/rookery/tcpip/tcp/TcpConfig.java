package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Options;
import io.rookery.tcpip.socket.OptionStore;
import java.util.concurrent.TimeUnit;

/** A socket's options as a connection wants them: read once, times in nanoseconds. */
record TcpConfig(
    boolean noDelay,
    boolean cork,
    boolean quickAck,
    boolean keepAlive,
    long keepIdle,
    long keepInterval,
    int keepCount,
    long userTimeout,
    int synCount,
    long finWait2,
    int maxSegment,
    int windowClamp,
    boolean urgentInline,
    String congestion,
    int notSentLowWater,
    int receiveBuffer,
    int sendBuffer,
    int trafficClass,
    int hopLimit,
    int boundInterface,
    boolean discoverMtu,
    boolean reuseAddress,
    boolean reusePort) {

  private static final TcpConfig INITIAL = read(new OptionStore());

  /** Zero buffer sizes stand for autotuning. */
  static TcpConfig of(OptionStore options) {
    TcpConfig config = read(options);
    return config.equals(INITIAL) ? INITIAL : config; // thousands of connections share it
  }

  private static TcpConfig read(OptionStore o) {
    return new TcpConfig(
        o.get(Options.NO_DELAY),
        o.get(Options.CORK),
        o.get(Options.QUICK_ACK),
        o.get(Options.KEEP_ALIVE),
        TimeUnit.SECONDS.toNanos(o.get(Options.KEEP_IDLE)),
        TimeUnit.SECONDS.toNanos(o.get(Options.KEEP_INTERVAL)),
        o.get(Options.KEEP_COUNT),
        TimeUnit.MILLISECONDS.toNanos(o.get(Options.USER_TIMEOUT)),
        o.get(Options.SYN_COUNT),
        TimeUnit.SECONDS.toNanos(o.get(Options.LINGER_2)),
        o.get(Options.MAX_SEGMENT),
        o.get(Options.WINDOW_CLAMP),
        o.get(Options.URGENT_INLINE),
        o.get(Options.CONGESTION),
        o.get(Options.NOT_SENT_LOW_WATER),
        o.isSet(Options.RECEIVE_BUFFER) ? o.get(Options.RECEIVE_BUFFER) : 0,
        o.isSet(Options.SEND_BUFFER) ? o.get(Options.SEND_BUFFER) : 0,
        o.get(Options.TRAFFIC_CLASS),
        o.get(Options.HOP_LIMIT),
        o.get(Options.INTERFACE),
        o.get(Options.MTU_DISCOVER) != 0,
        o.get(Options.REUSE_ADDRESS),
        o.get(Options.REUSE_PORT));
  }
}
