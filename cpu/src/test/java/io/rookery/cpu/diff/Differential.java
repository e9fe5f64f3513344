package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Decoder;
import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs forms on the host's processor and in an engine, and collects where they differ. */
final class Differential {
  private static final int MAX_REPORTED = 100;

  /** Encodings that are tried beyond the number wanted until there are inputs for one. */
  private static final int MORE = 20;

  /** The forms that are wanted, for work on some of them: a regular expression for their rows. */
  private static final String FORMS = System.getProperty("rookery.forms", "");

  private final Machine host;
  private final EngineCpu engine;
  private final EncodingForms encoder;
  private final InputGenerator inputs;
  private final Decoder decoder;
  private final Insn insn = new Insn();
  private final List<MachineState> before = new ArrayList<>();
  private final List<MachineState> expected = new ArrayList<>();
  private final List<MachineState> actual = new ArrayList<>();
  private int slot;

  /** Of every differing form the first difference. */
  final List<String> differences = new ArrayList<>();

  /** Mnemonics that the engine does not know. */
  final Set<String> undefined = new TreeSet<>();

  /** Forms for which nothing could be compared. */
  final List<String> untested = new ArrayList<>();

  /** How often which fault was expected. */
  final Map<String, Integer> outcomes = new TreeMap<>();

  int compared;

  Differential(Machine host, EngineCpu engine, long seed) {
    this(host, engine, seed, 64, false);
  }

  /** {@code mode}: 64 or 32; {@code faults}: whether instructions shall get inputs that fault. */
  Differential(Machine host, EngineCpu engine, long seed, int mode, boolean faults) {
    this.host = host;
    this.engine = engine;
    this.encoder = new EncodingForms(seed, mode);
    this.decoder = new Decoder(mode);
    this.inputs = new InputGenerator(seed, host.layout(), mode, faults);
  }

  /** Compares {@code encodings} encodings of a form on {@code perEncoding} inputs each. */
  void form(Form form, int encodings, int perEncoding) throws IOException {
    Mnemonic mnemonic = Mnemonic.valueOf(form.mnemonic());
    boolean tested = false;
    for (int e = 0; e < encodings || (!tested && e < encodings + MORE); e++) {
      long address = nextSlot();
      byte[] bytes;
      int attempts = 0;
      do {
        bytes = encoder.encode(form, address, host.layout().data());
        decoder.decode(bytes, 0, bytes.length, address, insn);
        // Gathers are undefined while registers that must differ do not.
      } while ((insn.mnemonic == Mnemonic.INVALID || isSystemCall()) && attempts++ < 100);
      if (insn.mnemonic != mnemonic || insn.length != bytes.length) {
        report(form, bytes, "encoded for " + mnemonic + " but decodes as " + insn.mnemonic);
        return;
      }
      int count = 0;
      while (before.size() < perEncoding) {
        before.add(new MachineState());
        expected.add(new MachineState());
        actual.add(new MachineState());
      }
      for (int i = 0; i < perEncoding; i++) {
        count += inputs.fill(insn, before.get(count)) ? 1 : 0;
      }
      if (count == 0) {
        continue;
      }
      tested = true;
      compared += count;
      host.run(bytes, address, before.subList(0, count), expected);
      engine.run(bytes, address, before.subList(0, count), actual);
      for (int i = 0; i < count; i++) {
        String outcome = expected.get(i).outcome;
        if (outcome != null) {
          outcomes.merge(outcome.split(" ", 2)[0], 1, Integer::sum);
        }
        if (expected.get(i).outcome == null && "#UD at +0".equals(actual.get(i).outcome)) {
          undefined.add(form.mnemonic());
          return;
        }
        String difference =
            Comparison.differences(insn, before.get(i), expected.get(i), actual.get(i));
        if (difference != null) {
          report(form, bytes, difference + inputs(before.get(i)));
          return;
        }
      }
    }
    if (!tested) {
      untested.add(form.toString());
    }
  }

  /** Whether all forms are compared. */
  static boolean isComplete() {
    return FORMS.isEmpty();
  }

  /** Whether {@code form} is wanted, and the host can judge it. */
  static boolean isWanted(Form form) {
    if (Exempt.isOtherwiseHere(form)) {
      return false;
    }
    return FORMS.isEmpty() || form.toString().matches(".*(" + FORMS + ").*");
  }

  private boolean isSystemCall() {
    return insn.mnemonic == Mnemonic.INT && (insn.imm & 0xff) == 0x80;
  }

  /** Compares {@code count} random sequences on {@code perSequence} inputs each. */
  void sequences(Sequences source, int count, int perSequence) throws IOException {
    Insn none = new Insn();
    for (int n = 0; n < count; n++) {
      long address = nextSlot();
      byte[] bytes = source.next(address);
      while (before.size() < perSequence) {
        before.add(new MachineState());
        expected.add(new MachineState());
        actual.add(new MachineState());
      }
      List<MachineState> states = before.subList(0, perSequence);
      states.forEach(state -> inputs.fill(none, state));
      host.run(bytes, address, states, expected);
      engine.run(bytes, address, states, actual);
      compared += perSequence;
      for (int i = 0; i < perSequence; i++) {
        String difference =
            Comparison.differences(none, source.undefined(), expected.get(i), actual.get(i));
        if (difference != null && differences.size() < MAX_REPORTED) {
          differences.add(HexFormat.of().formatHex(bytes) + ": " + difference);
          break;
        }
      }
    }
  }

  private long nextSlot() {
    if (slot > 0 && slot % Layout.SLOTS == 0) {
      engine.mapCode();
    }
    return host.layout().slot(slot++);
  }

  private void report(Form form, byte[] bytes, String what) {
    if (differences.size() < MAX_REPORTED) {
      differences.add(form + ": " + HexFormat.of().formatHex(bytes) + ": " + what);
    }
  }

  /** What the operands were. */
  private String inputs(MachineState before) {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            " [flags %x mxcsr %x x87 %x %x %x",
            before.flags, before.mxcsr, before.x87Control, before.x87Status, before.x87Used));
    for (int n = 0; n < insn.operands; n++) {
      out.append("; ").append(operand(before, n));
    }
    return out.append(']').toString();
  }

  private @Nullable String operand(MachineState before, int n) {
    int reg = insn.reg[n];
    return switch (insn.kind[n]) {
      case Insn.GPR, Insn.GPR_HIGH -> String.format("r%d %x", reg, before.gpr[reg]);
      case Insn.VEC ->
          String.format(
              "v%d %016x_%016x_%016x_%016x",
              reg,
              before.vector[4 * reg + 3],
              before.vector[4 * reg + 2],
              before.vector[4 * reg + 1],
              before.vector[4 * reg]);
      case Insn.MMX, Insn.ST ->
          String.format("%d: %04x_%016x", reg, before.signExponent[reg], before.significand[reg]);
      case Insn.MEM -> "memory " + memory(before, insn.bits[n] / 8);
      case Insn.IMM -> "imm " + insn.imm;
      default -> "";
    };
  }

  private String memory(MachineState before, int bytes) {
    long at = InputGenerator.effective(insn, before) - before.dataStart;
    if (at < 0 || at + bytes > before.data.length) {
      return "outside";
    }
    byte[] value = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      value[i] = before.data[(int) at + bytes - 1 - i];
    }
    return HexFormat.of().formatHex(value);
  }
}
