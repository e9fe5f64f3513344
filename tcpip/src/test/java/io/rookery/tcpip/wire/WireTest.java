package io.rookery.tcpip.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.IpAddress;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class WireTest {

  /** RFC 1071 section 3's example. */
  @Test
  void checksumExample() {
    byte[] b = {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7};
    assertEquals(0xddf2, Checksum.fold(Checksum.sum(b, 0, b.length)));
  }

  @Property(tries = 500)
  void checksumIsTheSumOfWords(
      @ForAll @Size(max = 300) byte[] b, @ForAll @IntRange(max = 7) int from) {
    int start = Math.min(from, b.length);
    long sum = 0;
    for (int i = start; i < b.length; i += 2) {
      sum += (b[i] & 0xff) << 8 | (i + 1 < b.length ? b[i + 1] & 0xff : 0);
    }
    while (sum > 0xffff) {
      sum = (sum >>> 16) + (sum & 0xffff);
    }
    assertEquals(sum, Checksum.fold(Checksum.sum(b, start, b.length - start)));
  }

  @Property(tries = 500)
  void incrementalUpdate(
      @ForAll @Size(min = 20, max = 40) byte[] b,
      @ForAll @IntRange(max = 9) int word,
      @ForAll short value) {
    int before = Checksum.finish(Checksum.sum(b, 0, b.length));
    int old = Bytes.get16(b, word * 2);
    Bytes.put16(b, word * 2, value);
    int after = Checksum.finish(Checksum.sum(b, 0, b.length));
    int updated = Checksum.update(before, old, value & 0xffff);
    // 0 and 0xffff are the same number in one's complement.
    assertTrue(updated == after || (updated + after) == 0xffff && updated * after == 0);
  }

  @Test
  void largestPacketDoesNotOverflow() {
    byte[] b = new byte[65_535];
    java.util.Arrays.fill(b, (byte) 0xff);
    assertEquals(0xff00, Checksum.fold(Checksum.sum(b, 0, b.length)));
  }

  @Test
  void optionsAreReadBack() {
    byte[] b = new byte[60];
    int at = TcpOptionWriter.mss(b, 20, 1460);
    at = TcpOptionWriter.sackPermitted(b, at);
    at = TcpOptionWriter.timestamps(b, at, 7, 9);
    at = TcpOptionWriter.windowScale(b, at, 8);
    Tcp.write(b, 0, 1, 2, 3, 4, at, Tcp.SYN, 5, 0);
    TcpSegment segment = new TcpSegment();
    assertTrue(segment.parse(b, 0, at));
    assertEquals(1460, segment.mss());
    assertEquals(8, segment.windowScale());
    assertTrue(segment.sackPermitted());
    assertEquals(7, segment.timestampValue());
    assertEquals(9, segment.timestampEcho());

    at = TcpOptionWriter.sackHeader(b, 20, 2);
    at = TcpOptionWriter.sackBlock(b, at, -5, 5);
    at = TcpOptionWriter.sackBlock(b, at, 10, 20);
    Tcp.write(b, 0, 1, 2, 3, 4, at, Tcp.ACK, 5, 0);
    assertTrue(segment.parse(b, 0, at));
    assertEquals(2, segment.sackBlocks());
    assertEquals(-5, segment.sackLeft(0));
    assertEquals(20, segment.sackRight(1));
    assertEquals(0, segment.mss());
  }

  @Property(tries = 1000)
  void parsersStayInBounds(@ForAll @Size(max = 120) byte[] noise, @ForAll boolean v6) {
    // The parser must not read what is behind the packet: an array that ends with it shows.
    byte[] b = noise.clone();
    if (b.length > 0) {
      b[0] = (byte) (v6 ? 0x60 : 0x45 + (b[0] & 3));
    }
    IpPacket packet = new IpPacket();
    if (packet.parse(b, 0, b.length, false) == IpPacket.Verdict.OK) {
      assertTrue(packet.payload() + packet.payloadLength() <= b.length);
      assertTrue(packet.payloadLength() >= 0);
    }
    packet.parseQuoted(b, 0, b.length);
    TcpSegment segment = new TcpSegment();
    if (segment.parse(b, 0, b.length)) {
      assertTrue(segment.data() + segment.dataLength() <= b.length);
    }
  }

  @Property(tries = 500)
  void addressesSurviveText(@ForAll long high, @ForAll long low, @ForAll int mask) {
    // Masks make runs of zeros, which are what is difficult.
    long m =
        (mask & 1) * 0xffffL | (mask & 2L) * 0x7fff_8000L | (mask & 4L) * 0x3fff_c000_0000_0000L;
    IpAddress six = IpAddress.v6(high & m, low & ~m);
    assertEquals(six, IpAddress.parse(six.toString()));
    assertEquals(six, IpAddress.of(six.toBytes()));
    IpAddress four = IpAddress.v4((int) low);
    assertEquals(four, IpAddress.parse(four.toString()));
    assertEquals(four, IpAddress.parse(four.mapped().toString()).unmapped());
  }

  @Test
  void canonicalText() {
    // RFC 5952 section 4
    assertEquals("2001:db8::1", IpAddress.parse("2001:0DB8:0:0:0:0:0:0001").toString());
    assertEquals("2001:db8:0:1:1:1:1:1", IpAddress.parse("2001:db8::1:1:1:1:1").toString());
    assertEquals("2001:0:0:1::1", IpAddress.parse("2001:0:0:1:0:0:0:1").toString());
    assertEquals("2001:db8::1:0:0:1", IpAddress.parse("2001:db8:0:0:1:0:0:1").toString());
    assertEquals("::", IpAddress.ANY_V6.toString());
    assertEquals("::1", IpAddress.LOOPBACK_V6.toString());
  }
}
