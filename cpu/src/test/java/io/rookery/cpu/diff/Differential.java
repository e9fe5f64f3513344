package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Decoder;
import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs forms on the host's processor and in an engine, and collects where they differ. */
final class Differential {
  private static final int MAX_REPORTED = 50;

  private final NativeCpu host;
  private final EngineCpu engine;
  private final EncodingForms encoder;
  private final InputGenerator inputs;
  private final Decoder decoder = new Decoder(64);
  private final Insn insn = new Insn();
  private final MachineState before = new MachineState();
  private final MachineState expected = new MachineState();
  private final MachineState actual = new MachineState();
  private int slot;

  /** Of every differing form the first difference. */
  final List<String> differences = new ArrayList<>();

  /** Mnemonics that the engine does not know. */
  final Set<String> undefined = new TreeSet<>();

  /** Forms for which nothing could be compared. */
  final List<String> untested = new ArrayList<>();

  int compared;

  Differential(NativeCpu host, EngineCpu engine, long seed) {
    this.host = host;
    this.engine = engine;
    this.encoder = new EncodingForms(seed, 64);
    this.inputs = new InputGenerator(seed, host.layout());
  }

  /** Compares {@code encodings} encodings of a form on {@code perEncoding} inputs each. */
  void form(Form form, int encodings, int perEncoding) {
    Mnemonic mnemonic = Mnemonic.valueOf(form.mnemonic());
    boolean tested = false;
    for (int e = 0; e < encodings; e++) {
      long address = nextSlot();
      byte[] bytes;
      int attempts = 0;
      do {
        bytes = encoder.encode(form, address, host.layout().data());
        decoder.decode(bytes, 0, bytes.length, address, insn);
        // Gathers are undefined while registers that must differ do not.
      } while (insn.mnemonic == Mnemonic.INVALID && attempts++ < 100);
      if (insn.mnemonic != mnemonic || insn.length != bytes.length) {
        report(form, bytes, "encoded for " + mnemonic + " but decodes as " + insn.mnemonic);
        return;
      }
      boolean installed = false;
      for (int i = 0; i < perEncoding; i++) {
        if (!inputs.fill(insn, before)) {
          continue;
        }
        if (!installed) {
          host.install(bytes, address);
          engine.install(bytes, address);
          installed = true;
        }
        String failure = engine.run(address, bytes.length, before, actual);
        if (EngineCpu.UNDEFINED.equals(failure)) {
          undefined.add(form.mnemonic());
          return;
        }
        tested = true;
        compared++;
        host.run(address, before, expected);
        String difference =
            failure != null ? failure : Comparison.differences(insn, before, expected, actual);
        if (difference != null) {
          report(form, bytes, difference + inputs());
          return;
        }
      }
    }
    if (!tested) {
      untested.add(form.toString());
    }
  }

  /** Compares {@code count} random sequences on {@code perSequence} inputs each. */
  void sequences(Sequences source, int count, int perSequence) {
    Insn none = new Insn();
    for (int n = 0; n < count; n++) {
      long address = nextSlot();
      byte[] bytes = source.next(address);
      host.install(bytes, address);
      engine.install(bytes, address);
      for (int i = 0; i < perSequence; i++) {
        inputs.fill(none, before);
        String failure = engine.run(address, bytes.length, before, actual);
        host.run(address, before, expected);
        compared++;
        String difference =
            failure != null
                ? failure
                : Comparison.differences(none, source.undefined(), expected, actual);
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
  private String inputs() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            " [flags %x mxcsr %x x87 %x %x %x",
            before.flags, before.mxcsr, before.x87Control, before.x87Status, before.x87Used));
    for (int n = 0; n < insn.operands; n++) {
      out.append("; ").append(operand(n));
    }
    return out.append(']').toString();
  }

  private @Nullable String operand(int n) {
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
      case Insn.MEM -> "memory " + memory(insn.bits[n] / 8);
      case Insn.IMM -> "imm " + insn.imm;
      default -> "";
    };
  }

  private String memory(int bytes) {
    long offset = InputGenerator.effective(insn, before) - host.layout().data();
    long at = offset + MachineState.DATA_BEFORE;
    if (at < 0 || at + bytes > before.data.length) {
      return Long.toHexString(offset);
    }
    byte[] value = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      value[i] = before.data[(int) at + bytes - 1 - i];
    }
    return HexFormat.of().formatHex(value);
  }
}
