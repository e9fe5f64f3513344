package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Decoder;
import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What a host's processor made of instructions: for each instruction its bytes, a checksum of the
 * inputs, which {@link InputGenerator} makes again from its number, and one of each result.
 */
final class RecordedVectors {
  private static final int ENCODINGS = 2;
  private static final int INPUTS = 8;

  private final int mode;
  private final Decoder decoder;
  private final Insn insn = new Insn();
  private final List<MachineState> before = states();
  private final List<MachineState> after = states();
  private final CRC32 checksum = new CRC32();
  private final byte[] scratch = new byte[8];

  /** {@code mode}: 64 or 32. */
  RecordedVectors(int mode) {
    this.mode = mode;
    this.decoder = new Decoder(mode);
  }

  /** Whether processors agree on every bit of the result. */
  private static boolean isExact(Insn insn) {
    return switch (insn.mnemonic) {
      case RCPPS, RCPSS, RSQRTPS, RSQRTSS, FXSAVE, FNSAVE, FNSTENV -> false;
      default -> Comparison.transcendentalResults(insn) == 0;
    };
  }

  /** Records every form. */
  void record(Machine host, OutputStream file) throws IOException {
    Layout layout = host.layout();
    EncodingForms encoder = new EncodingForms(1, mode);
    try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(file))) {
      int number = 0;
      for (Form form : EncodingForms.all(mode)) {
        if (Exempt.reasonHere(form) != null) {
          continue;
        }
        for (int e = 0; e < ENCODINGS; e++) {
          long slot = layout.slot(number);
          byte[] bytes = encoder.encode(form, slot, layout.data());
          decoder.decode(bytes, 0, bytes.length, slot, insn);
          if (insn.mnemonic == Mnemonic.INVALID || !isExact(insn)) {
            continue;
          }
          int inputs = fill(number, layout);
          if (inputs == 0) {
            continue;
          }
          host.run(bytes, slot, before, after);
          if (after.stream().anyMatch(state -> state.outcome != null)) {
            continue;
          }
          out.writeByte(bytes.length);
          out.write(bytes);
          out.writeInt(inputs);
          for (int i = 0; i < INPUTS; i++) {
            out.writeInt(result(before.get(i), after.get(i)));
          }
          number++;
        }
      }
      out.writeByte(0);
    }
  }

  private static List<MachineState> states() {
    List<MachineState> states = new ArrayList<>();
    for (int i = 0; i < INPUTS; i++) {
      states.add(new MachineState());
    }
    return states;
  }

  /** Makes the inputs of instruction {@code number}; their checksum, or 0 if there are too few. */
  private int fill(int number, Layout layout) {
    CRC32 inputs = new CRC32();
    InputGenerator generator = new InputGenerator(number, layout, mode, false);
    for (MachineState state : before) {
      if (!generator.fill(insn, state)) {
        return 0;
      }
      update(inputs, sum(state, 0, 0));
    }
    return (int) inputs.getValue();
  }

  /**
   * Runs what was recorded.
   *
   * @param undefined where mnemonics go that the engine does not know
   * @return instructions whose results are different
   */
  List<String> replay(InputStream file, EngineCpu engine, Set<String> undefined)
      throws IOException {
    List<String> differences = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new GZIPInputStream(file))) {
      int number = 0;
      for (int length = in.read(); length > 0; length = in.read(), number++) {
        byte[] bytes = in.readNBytes(length);
        int recordedInputs = in.readInt();
        long slot = Layout.RECORDED.slot(number);
        decoder.decode(bytes, 0, length, slot, insn);
        if (number % Layout.SLOTS == 0 && number > 0) {
          engine.mapCode();
        }
        if (fill(number, Layout.RECORDED) != recordedInputs) {
          throw new IOException("inputs changed: record again");
        }
        engine.run(bytes, slot, before, after);
        String difference = null;
        for (int i = 0; i < INPUTS; i++) {
          int recorded = in.readInt();
          MachineState result = after.get(i);
          if ("#UD at +0".equals(result.outcome)) {
            undefined.add(insn.mnemonic.name());
          } else if (result.outcome != null || result(before.get(i), result) != recorded) {
            difference = insn.mnemonic + " " + HexFormat.of().formatHex(bytes) + " input " + i;
          }
        }
        if (difference != null) {
          differences.add(difference);
        }
      }
      if (number == 0) {
        throw new IOException("nothing was recorded");
      }
    }
    return differences;
  }

  /** The checksum of what is defined of the state after the instruction. */
  private int result(MachineState in, MachineState out) {
    if (UndefinedFlags.resultUndefined(insn, in)) {
      return 0;
    }
    return sum(out, UndefinedFlags.of(insn, in), UndefinedFlags.x87(insn));
  }

  private int sum(MachineState state, int undefinedFlags, int undefinedX87) {
    checksum.reset();
    for (long value : state.gpr) {
      update(checksum, value);
    }
    update(checksum, state.flags & Comparison.FLAGS & ~undefinedFlags);
    for (long value : state.vector) {
      update(checksum, value);
    }
    update(checksum, state.mxcsr);
    update(checksum, state.x87Control);
    update(checksum, state.x87Status & ~undefinedX87);
    update(checksum, state.x87Used);
    for (int i = 0; i < 8; i++) {
      update(checksum, state.significand[i]);
      update(checksum, state.signExponent[i]);
    }
    checksum.update(state.data);
    checksum.update(state.stack);
    update(checksum, state.branched ? 1 : 0);
    return (int) checksum.getValue();
  }

  private void update(CRC32 sum, long value) {
    for (int i = 0; i < 8; i++) {
      scratch[i] = (byte) (value >>> (8 * i));
    }
    sum.update(scratch);
  }
}
