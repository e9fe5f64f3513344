package io.rookery.cpu.diff;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The host's processor behind a child process (native/machine.c, built by gcc), which survives
 * faults and runs 32-bit code too.
 */
final class NativeMachine implements Machine, AutoCloseable {
  private static final int RECORDS = 64;
  private static final int RECORD_SIZE = 8192;

  // Offsets in a record, see machine.c.
  private static final int FLAGS = 128;
  private static final int RIP = 136;
  private static final int MODE = 144;
  private static final int TRAP = 160;
  private static final int ERROR = 168;
  private static final int CR2 = 176;
  private static final int DATA_START = 184;
  private static final int CODE_LENGTH = 192;
  private static final int CODE = 200;
  private static final int FS_BASE = 1024;
  private static final int GS_BASE = 1032;
  private static final int FX = 256;
  private static final int YMM = 768;
  private static final int DATA = 2048;
  private static final int STACK = 3328;

  private static final int FX_TAGS = FX + 4;
  private static final int FX_MXCSR = FX + 24;
  private static final int FX_ST = FX + 32;
  private static final int FX_XMM = FX + 160;

  private static final int DEBUG = 1;
  private static final int PAGE_FAULT = 14;
  private static final int PUSHF = 0x9c;

  private static final int TRAP_FLAG = 0x100;
  private static final int RESUME_FLAG = 0x10000;

  private final int mode;
  private final Path file;
  private final ByteBuffer records;
  private final Process process;
  private final OutputStream requests;
  private final InputStream answers;

  /**
   * Builds the child program.
   *
   * @return its path in {@code folder}, or null where there is no gcc
   */
  static @Nullable String build(Path folder) throws IOException, InterruptedException {
    Path source = folder.resolve("machine.c");
    try (InputStream resource = NativeMachine.class.getResourceAsStream("/native/machine.c")) {
      Files.copy(resource, source);
    }
    Path program = folder.resolve("machine");
    List<String> command =
        List.of(
            "gcc",
            "-O1",
            "-mno-red-zone",
            "-fno-stack-protector",
            "-o",
            program.toString(),
            source.toString());
    try {
      Process gcc = new ProcessBuilder(command).inheritIO().start();
      return gcc.waitFor() == 0 ? program.toString() : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** {@code program} is the built child; {@code mode} 64 or 32. */
  NativeMachine(String program, int mode) throws IOException {
    this.mode = mode;
    file = Files.createTempFile("rookery-machine", ".records");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer map =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) RECORDS * RECORD_SIZE);
      records = map.order(ByteOrder.LITTLE_ENDIAN);
    }
    process =
        new ProcessBuilder(program, file.toString(), Integer.toString(RECORDS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    requests = process.getOutputStream();
    answers = process.getInputStream();
  }

  @Override
  public Layout layout() {
    return Layout.RECORDED;
  }

  @Override
  public void run(byte[] code, long slot, List<MachineState> before, List<MachineState> after)
      throws IOException {
    for (int first = 0; first < before.size(); first += RECORDS) {
      int count = Math.min(RECORDS, before.size() - first);
      for (int i = 0; i < count; i++) {
        put(i * RECORD_SIZE, code, slot, before.get(first + i));
      }
      requests.write(new byte[] {(byte) count, 0, 0, 0});
      requests.flush();
      if (answers.read() < 0) {
        throw new IOException("the child process ended");
      }
      for (int i = 0; i < count; i++) {
        MachineState in = before.get(first + i);
        get(i * RECORD_SIZE, code, slot, in, after.get(first + i));
      }
    }
  }

  private void put(int at, byte[] code, long slot, MachineState in) {
    for (int i = 0; i < 16; i++) {
      records.putLong(at + 8 * i, in.gpr[i]);
    }
    records.putLong(at + FLAGS, in.flags);
    records.putLong(at + RIP, slot);
    records.putLong(at + MODE, mode);
    records.putLong(at + DATA_START, in.dataStart);
    records.putLong(at + CODE_LENGTH, code.length);
    records.put(at + CODE, code);
    records.putLong(at + FS_BASE, in.fsBase);
    records.putLong(at + GS_BASE, in.gsBase);
    records.putShort(at + FX, (short) in.x87Control);
    records.putShort(at + FX + 2, (short) in.x87Status);
    records.putShort(at + FX_TAGS, (short) in.x87Used);
    records.putInt(at + FX_MXCSR, in.mxcsr);
    for (int i = 0; i < 8; i++) {
      records.putLong(at + FX_ST + 16 * i, in.significand[i]);
      records.putLong(at + FX_ST + 16 * i + 8, in.signExponent[i]);
    }
    for (int i = 0; i < 16; i++) {
      for (int q = 0; q < 2; q++) {
        records.putLong(at + FX_XMM + 16 * i + 8 * q, in.vector[4 * i + q]);
        records.putLong(at + YMM + 16 * i + 8 * q, in.vector[4 * i + 2 + q]);
      }
    }
    records.put(at + DATA, in.data);
    records.put(at + STACK, in.stack);
  }

  private void get(int at, byte[] code, long slot, MachineState in, MachineState out) {
    for (int i = 0; i < 16; i++) {
      out.gpr[i] = records.getLong(at + 8 * i);
    }
    out.flags = records.getLong(at + FLAGS) & ~(TRAP_FLAG | RESUME_FLAG);
    out.fsBase = records.getLong(at + FS_BASE);
    out.gsBase = records.getLong(at + GS_BASE);
    out.x87Control = records.getShort(at + FX) & 0xffff;
    out.x87Status = records.getShort(at + FX + 2) & 0xffff;
    out.x87Used = records.get(at + FX_TAGS) & 0xff;
    out.mxcsr = records.getInt(at + FX_MXCSR);
    for (int i = 0; i < 8; i++) {
      out.significand[i] = records.getLong(at + FX_ST + 16 * i);
      out.signExponent[i] = records.getShort(at + FX_ST + 16 * i + 8) & 0xffff;
    }
    for (int i = 0; i < 16; i++) {
      for (int q = 0; q < 2; q++) {
        out.vector[4 * i + q] = records.getLong(at + FX_XMM + 16 * i + 8 * q);
        out.vector[4 * i + 2 + q] = records.getLong(at + YMM + 16 * i + 8 * q);
      }
    }
    records.get(at + DATA, out.data);
    records.get(at + STACK, out.stack);
    out.dataStart = in.dataStart;
    out.outcome = outcome(at, code, slot);
    long distance = records.getLong(at + RIP) - slot;
    out.branched = out.outcome == null && distance == 0x40;
    hideTrapFlag(code, out, layout());
  }

  /** Takes TF, with which instructions are stepped, from what PUSHF has pushed. */
  static void hideTrapFlag(byte[] code, MachineState out, Layout layout) {
    if (out.outcome == null && isPushf(code)) {
      int pushed = (int) (out.gpr[4] - (layout.stack() - MachineState.STACK_BEFORE));
      if (pushed >= 0) {
        out.stack[pushed + 1] &= ~(TRAP_FLAG >> 8);
      }
    }
  }

  private static boolean isPushf(byte[] code) {
    for (int i = 0; i < code.length - 1; i++) {
      switch (code[i]) {
        case 0x26, 0x36, 0x3e, 0x66, 0x67 -> {}
        default -> {
          if ((code[i] & 0xf0) != 0x40) {
            return false;
          }
        }
      }
    }
    return (code[code.length - 1] & 0xff) == PUSHF;
  }

  private @Nullable String outcome(int at, byte[] code, long slot) {
    long distance = records.getLong(at + RIP) - slot;
    int trap = (int) records.getLong(at + TRAP);
    if (trap == DEBUG && (distance == code.length || distance == 0x40)) {
      return null;
    }
    String name =
        trap == PAGE_FAULT
            ? Faults.page(records.getLong(at + CR2), records.getLong(at + ERROR))
            : Faults.name(trap);
    return name + " at +" + distance;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.delete(file);
  }
}
