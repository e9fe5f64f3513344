package io.rookery.linux.net.inet;

import io.rookery.linux.net.TcpStates;
import io.rookery.tcpip.TcpInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** struct tcp_info of linux/tcp.h, without what later kernels added behind tcpi_snd_wnd. */
public final class TcpInfoStruct {
  private static final int SIZE = 232;
  private static final int TIMESTAMPS = 1;
  private static final int SACK = 2;
  private static final int WINDOW_SCALE = 4;

  private TcpInfoStruct() {}

  /** Its bytes. */
  public static byte[] of(TcpInfo i) {
    ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    boolean scaled = i.sendScale() >= 0;
    int options = (i.timestamps() ? TIMESTAMPS : 0) | (i.sack() ? SACK : 0);
    int mss = Math.max(i.sendMss(), 1);
    b.put((byte) TcpStates.number(i.state())).put((byte) i.congestionState());
    b.put((byte) 0).put((byte) 0).put((byte) i.backoff()); // retransmits and probes under way
    b.put((byte) (scaled ? options | WINDOW_SCALE : options));
    b.put((byte) (Math.max(i.sendScale(), 0) | Math.max(i.receiveScale(), 0) << 4)).put((byte) 0);
    b.putInt(micros(i.retransmissionTimeoutNanos())).putInt(40_000); // rto, ato
    b.putInt(i.sendMss()).putInt(i.receiveMss());
    b.putInt(packets(i.unacknowledged(), mss)).putInt(packets(i.sacked(), mss));
    b.putInt(packets(i.lost(), mss)).putInt(packets(i.retransmitted(), mss)).putInt(0);
    b.putInt(0).putInt(0).putInt(0).putInt(0); // times since something was last sent or received
    b.putInt(i.pathMtu()).putInt(i.receiveMss()); // rcv_ssthresh is not known
    b.putInt(micros(i.smoothedRttNanos())).putInt(micros(i.rttVariationNanos()));
    b.putInt(clamped(i.slowStartThreshold() / mss)).putInt(clamped(i.congestionWindow() / mss));
    b.putInt(i.sendMss()).putInt(i.reordering() ? 4 : 3); // advmss, reordering
    b.putInt(micros(i.receiverRttNanos())).putInt(i.receiveSpace());
    b.putInt(clamped(i.totalRetransmissions()));
    b.putLong(0).putLong(-1L); // pacing rates: none
    b.putLong(i.bytesAcknowledged()).putLong(i.bytesReceived());
    b.putInt(clamped(i.segmentsOut())).putInt(clamped(i.segmentsIn()));
    b.putInt(i.notSent()).putInt(micros(i.minimumRttNanos()));
    b.putInt(0).putInt(0).putLong(0); // data segments, delivery rate
    b.putLong(0).putLong(0).putLong(0); // busy times
    b.putInt(0).putInt(0); // delivered
    b.putLong(i.bytesSent()).putLong(i.bytesRetransmitted());
    b.putInt(clamped(i.duplicateSacks())).putInt(0).putInt(0).putInt(clamped(i.sendWindow()));
    return b.array();
  }

  private static int packets(int bytes, int mss) {
    return (bytes + mss - 1) / mss;
  }

  private static int micros(long nanos) {
    return clamped(nanos / 1000);
  }

  private static int clamped(long value) {
    return (int) Math.min(value, Integer.MAX_VALUE);
  }
}
