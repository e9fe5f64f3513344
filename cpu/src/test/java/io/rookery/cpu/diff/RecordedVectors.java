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

  private final Decoder decoder = new Decoder(64);
  private final Insn insn = new Insn();
  private final MachineState before = new MachineState();
  private final MachineState after = new MachineState();
  private final CRC32 checksum = new CRC32();
  private final byte[] scratch = new byte[8];

  /** Whether processors agree on every bit of the result. */
  private static boolean isExact(Insn insn) {
    return switch (insn.mnemonic) {
      case RCPPS, RCPSS, RSQRTPS, RSQRTSS, FXSAVE, FNSAVE, FNSTENV -> false;
      default -> Comparison.transcendentalResults(insn) == 0;
    };
  }

  /** Records every form. */
  void record(NativeCpu host, OutputStream file) throws IOException {
    Layout layout = host.layout();
    EncodingForms encoder = new EncodingForms(1, 64);
    try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(file))) {
      int number = 0;
      for (Form form : EncodingForms.all(64)) {
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
          List<Integer> results = new ArrayList<>();
          host.install(bytes, slot);
          CRC32 inputs = new CRC32();
          InputGenerator generator = new InputGenerator(number, layout);
          for (int i = 0; i < INPUTS && generator.fill(insn, before); i++) {
            update(inputs, sum(before, 0, 0));
            host.run(slot, before, after);
            results.add(result());
          }
          if (results.size() == INPUTS) {
            out.writeByte(bytes.length);
            out.write(bytes);
            out.writeInt((int) inputs.getValue());
            for (int result : results) {
              out.writeInt(result);
            }
            number++;
          }
        }
      }
      out.writeByte(0);
    }
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
        engine.install(bytes, slot);
        CRC32 inputs = new CRC32();
        InputGenerator generator = new InputGenerator(number, Layout.RECORDED);
        String difference = null;
        for (int i = 0; i < INPUTS; i++) {
          int recorded = in.readInt();
          if (!generator.fill(insn, before)) {
            throw new IOException("inputs changed: record again");
          }
          update(inputs, sum(before, 0, 0));
          engine.run(slot, length, before, after);
          if ("#UD at +0".equals(after.outcome)) {
            undefined.add(insn.mnemonic.name());
          } else if (after.outcome != null || result() != recorded) {
            difference = insn.mnemonic + " " + HexFormat.of().formatHex(bytes) + " input " + i;
          }
        }
        if (difference != null) {
          differences.add(difference);
        }
        if ((int) inputs.getValue() != recordedInputs) {
          throw new IOException("inputs changed: record again");
        }
      }
      if (number == 0) {
        throw new IOException("nothing was recorded");
      }
    }
    return differences;
  }

  /** The checksum of what is defined of the state after the instruction. */
  private int result() {
    if (UndefinedFlags.resultUndefined(insn, before)) {
      return 0;
    }
    return sum(after, UndefinedFlags.of(insn, before), UndefinedFlags.x87(insn));
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
