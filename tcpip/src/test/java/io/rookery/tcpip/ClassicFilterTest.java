package io.rookery.tcpip;

import static io.rookery.tcpip.TcpSocketTest.assertError;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.ClassicFilter.Instruction;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

/** Filters: what is refused, what extensions say, and that no program does harm. */
class ClassicFilterTest {
  private static final int AT = 24; // of the message: 14 bytes of link header at 10 are before it
  private static final int LENGTH = 40;
  private static final int AD = -0x1000;
  private static final int NETWORK = -0x100000;
  private static final int LINK = -0x200000;
  private static final FilterContext CONTEXT =
      new FilterContext(AT - 14, AT, AT + LENGTH, 0x86dd, 4, 3, 0xfffe);

  private static final int RET_A = 0x16;

  /** The codes that Linux knows. */
  private static final List<Integer> KNOWN =
      List.of(
          0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x00, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1, 0x02, 0x03,
          0x05, 0x06, 0x16, 0x84, 0x07, 0x87, 0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x94,
          0xa4, 0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac, 0x15, 0x25, 0x35, 0x45,
          0x1d, 0x2d, 0x3d, 0x4d);

  private static Instruction in(int code, int k) {
    return new Instruction(code, 0, 0, k);
  }

  private static byte[] packet() {
    byte[] packet = new byte[AT + LENGTH + 8];
    for (int i = 0; i < packet.length; i++) {
      packet[i] = (byte) i;
    }
    return packet;
  }

  private static int run(Instruction... program) throws NetException {
    return new ClassicFilter(program).accept(packet(), AT, LENGTH, CONTEXT);
  }

  /** What a program leaves in A, which is less than the length so that it is the answer. */
  private static int loaded(Instruction... before) throws NetException {
    Instruction[] program = Arrays.copyOf(before, before.length + 1);
    program[before.length] = in(RET_A, 0);
    return run(program);
  }

  @Test
  void badProgramsAreRefused() {
    Instruction end = in(0x06, 1);
    for (Instruction bad :
        List.of(
            new Instruction(0x15, 1, 0, 0), // jumps behind the end
            in(0x05, -1),
            in(0x0d, 0), // a jump by X
            in(0x34, 0), // divides by zero
            in(0x94, 0),
            in(0x64, 32), // shifts too far
            in(0x8c, 0),
            in(0x02, 16),
            in(0x02, -1),
            in(0x60, 0), // nothing has been stored
            in(0x61, 15),
            in(0x20, AD + 12), // NLATTR
            in(0x20, AD + 64),
            in(0x20, -1),
            in(0x100, 0),
            in(0xffff, 0))) {
      assertError(NetError.INVALID, () -> new ClassicFilter(bad, end));
    }
    assertError(NetError.INVALID, ClassicFilter::new);
    assertError(NetError.INVALID, () -> new ClassicFilter(in(0x00, 1)));
    Instruction[] many = new Instruction[ClassicFilter.MOST_INSTRUCTIONS + 1];
    Arrays.fill(many, end);
    assertError(NetError.INVALID, () -> new ClassicFilter(many));
  }

  @Test
  void scratchWordsAreStoredOnEveryPathFirst() throws Exception {
    Instruction store = in(0x02, 3);
    Instruction load = in(0x60, 3);
    Instruction end = in(RET_A, 0);
    Instruction[] around = {new Instruction(0x15, 0, 1, 7), store, load, end};
    assertError(NetError.INVALID, () -> new ClassicFilter(around));
    assertEquals(5, run(in(0x00, 5), new Instruction(0x15, 0, 0, 7), store, load, end));
  }

  @Test
  void extensionsAndHeaders() throws Exception {
    assertEquals(LENGTH, loaded(in(0x28, AD))); // 0x86dd is more than there is
    assertEquals(0x86dd >> 12, loaded(in(0x28, AD), in(0x74, 12)));
    assertEquals(4, loaded(in(0x30, AD + 4)));
    assertEquals(3, loaded(in(0x20, AD + 8)));
    assertEquals(0xf, loaded(in(0x20, AD + 28), in(0x74, 12)));
    assertEquals(6, loaded(in(0x01, 5), in(0x00, 3), in(0x20, AD + 40))); // A ^ X
    assertEquals(0, loaded(in(0x20, AD + 48))); // no VLAN tag
    assertEquals(AT + 2, loaded(in(0x30, NETWORK + 2)));
    assertEquals(AT - 13, loaded(in(0x30, LINK + 1)));
    assertEquals(AT - 14, loaded(in(0x01, 1), in(0x50, LINK - 1)));
    assertEquals(0, loaded(in(0x30, NETWORK + LENGTH)));
    assertEquals(0, loaded(in(0x50, LINK - 1)));
    assertEquals(36, loaded(in(0xb1, NETWORK + 1), in(0x87, 0))); // 4 * (0x19 & 0xf)
  }

  @Test
  void answersAreCutToTheMessage() throws Exception {
    assertEquals(LENGTH, run(in(0x06, -1)));
    assertEquals(7, run(in(0x06, 7)));
    assertEquals(0, run(in(0x20, LENGTH - 3), in(0x06, -1)));
    assertEquals(0, run(in(0x3c, 0), in(0x06, -1))); // A / X, which is zero
    assertEquals(2, loaded(in(0x01, 33), in(0x00, 1), in(0x6c, 0))); // 1 << 33
  }

  /** As many steps as there can be, on a packet, end at once. */
  @Test
  void theLongestProgramEnds() throws Exception {
    Instruction[] program = new Instruction[ClassicFilter.MOST_INSTRUCTIONS];
    Arrays.fill(program, in(0x20, 0));
    program[program.length - 1] = in(0x06, 1);
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertEquals(1, run(program)));
  }

  @Provide
  Arbitrary<Instruction> anything() {
    return instructions(Arbitraries.integers().between(0, 0xffff));
  }

  @Provide
  Arbitrary<Instruction> plausible() {
    return instructions(Arbitraries.of(KNOWN));
  }

  private static Arbitrary<Instruction> instructions(Arbitrary<Integer> codes) {
    Arbitrary<Integer> distances =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.integers().between(0, 3)),
            Tuple.of(1, Arbitraries.integers().between(0, 255)));
    Arbitrary<Integer> operands =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.integers().between(0, 15)),
            Tuple.of(2, Arbitraries.integers().between(0, LENGTH + 4)),
            Tuple.of(1, Arbitraries.integers().between(AD, AD + 70)),
            Tuple.of(1, Arbitraries.integers().between(NETWORK - 9, NETWORK + 80)),
            Tuple.of(1, Arbitraries.integers().between(LINK - 9, LINK + 80)),
            Tuple.of(1, Arbitraries.integers()));
    return Combinators.combine(codes, distances, distances, operands).as(Instruction::new);
  }

  private static boolean harmless(List<Instruction> start) {
    Instruction[] program = new Instruction[start.size() + 1];
    start.toArray(program);
    program[start.size()] = in(RET_A, 0);
    try {
      int taken = run(program);
      assertTrue(taken >= 0 && taken <= LENGTH);
      return true;
    } catch (NetException e) {
      assertEquals(NetError.INVALID, e.error());
      return false;
    }
  }

  @Property(tries = 3000, seed = "1", edgeCases = EdgeCasesMode.NONE)
  void anyProgramIsRefusedOrHarmless(@ForAll List<@From("anything") Instruction> p) {
    harmless(p);
  }

  @Property(tries = 20_000, seed = "1", edgeCases = EdgeCasesMode.NONE)
  void plausibleProgramsAreHarmless(@ForAll List<@From("plausible") Instruction> p) {
    harmless(p);
  }
}
