package io.rookery.cpu.decode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Byte strings of 15 bytes that look like instructions, more or less. */
final class EncodingStrings {
  private static final int[] PREFIXES = {
    0x66, 0x66, 0xf2, 0xf3, 0xf3, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0
  };

  private static final byte[] CODE = code();

  private final Random random;
  private final List<OpcodeTable.Entry> rows;
  private final int mode;

  EncodingStrings(long seed, List<OpcodeTable.Entry> rows, int mode) {
    this.random = new Random(seed);
    this.rows = rows;
    this.mode = mode;
  }

  byte[] next() {
    byte[] bytes = new byte[Decoder.MAX_LENGTH];
    random.nextBytes(bytes);
    int at = 0;
    switch (random.nextInt(10)) {
      case 0 -> {}
      case 1 -> {
        at = prefixes(bytes, 0);
        at = opcode(bytes, at, random.nextInt(4), random.nextInt(256));
      }
      case 2 -> vex(bytes, prefixes(bytes, random.nextInt(8) == 0 ? 0 : -1), null);
      case 3 -> {
        row(bytes);
        bytes[random.nextInt(6)] = (byte) random.nextInt(256);
      }
      case 4, 5 -> mutation(bytes);
      default -> row(bytes);
    }
    return bytes;
  }

  /** A piece of this host's libc, some bytes of it changed. */
  private void mutation(byte[] bytes) {
    if (CODE.length > bytes.length) {
      System.arraycopy(CODE, random.nextInt(CODE.length - bytes.length), bytes, 0, bytes.length);
    }
    for (int n = random.nextInt(3); n > 0; n--) {
      bytes[random.nextInt(6)] = (byte) random.nextInt(256);
    }
  }

  private static byte[] code() {
    try {
      return Files.readAllBytes(Path.of("/usr/lib/x86_64-linux-gnu/libc.so.6"));
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** An encoding of a random row, right but for its operands. */
  private void row(byte[] bytes) {
    OpcodeTable.Entry row = rows.get(random.nextInt(rows.size()));
    int at;
    if (row.map() > 3) {
      at = vex(bytes, prefixes(bytes, random.nextInt(16) == 0 ? 0 : -1), row);
    } else {
      at = prefixes(bytes, random.nextInt(3) == 0 ? 0 : -1);
      int mandatory = row.value() & row.looked();
      if ((mandatory & Row.KEY_66) != 0) {
        bytes[at++] = 0x66;
      }
      if ((mandatory & Row.KEY_F3) != 0) {
        bytes[at++] = (byte) 0xf3;
      }
      if ((mandatory & Row.KEY_F2) != 0) {
        bytes[at++] = (byte) 0xf2;
      }
      boolean w = (row.looked() & Row.KEY_W) != 0;
      if (mode == 64 && (w || random.nextInt(2) == 0)) {
        bytes[at++] = (byte) (0x40 | random.nextInt(16) | (w ? 8 : 0));
      }
      at = opcode(bytes, at, row.map(), row.opcode());
    }
    int modrm = random.nextInt(256);
    if (row.reg() >= 0) {
      modrm = (modrm & ~0x38) | row.reg() << 3;
    }
    if ((row.looked() & Row.KEY_REGISTER) != 0) {
      if ((row.value() & Row.KEY_REGISTER) != 0) {
        modrm |= 0xc0;
      } else if (modrm >= 0xc0) {
        modrm &= 0x3f;
      }
    }
    if ((row.looked() & Row.KEY_RM) != 0) {
      modrm = (modrm & ~7) | row.value() >>> Row.KEY_RM_SHIFT;
    }
    bytes[at] = (byte) modrm;
  }

  /** Writes up to three prefixes from {@code at} on, none if it is negative. */
  private int prefixes(byte[] bytes, int at) {
    if (at < 0) {
      return 0;
    }
    int p = at;
    for (int n = random.nextInt(4); n > 0; n--) {
      bytes[p++] = (byte) PREFIXES[random.nextInt(PREFIXES.length)];
    }
    if (mode == 64 && random.nextInt(3) == 0) {
      bytes[p++] = (byte) (0x40 | random.nextInt(16));
    }
    return p;
  }

  private static int opcode(byte[] bytes, int at, int map, int opcode) {
    int p = at;
    if (map > 0) {
      bytes[p++] = 0x0f;
    }
    if (map > 1) {
      bytes[p++] = (byte) (map == 2 ? 0x38 : 0x3a);
    }
    bytes[p++] = (byte) opcode;
    return p;
  }

  /** Writes a VEX prefix, that of {@code row} if there is one, and an opcode. */
  private int vex(byte[] bytes, int at, OpcodeTable.Entry row) {
    int p = at;
    int map = row == null ? 1 + random.nextInt(3) : row.map() - 3;
    int last = random.nextInt(256);
    if (random.nextInt(2) == 0) {
      last |= 0x78;
    }
    boolean three = true;
    if (row != null) {
      int key = row.value() & row.looked();
      int pp = (key & Row.KEY_66) != 0 ? 1 : (key & Row.KEY_F3) != 0 ? 2 : 0;
      last = (last & ~3) | ((key & Row.KEY_F2) != 0 ? 3 : pp);
      if ((row.looked() & Row.KEY_L) != 0) {
        last = (last & ~4) | ((key & Row.KEY_L) != 0 ? 4 : 0);
      }
      if ((row.looked() & Row.KEY_W) != 0) {
        last = (last & 0x7f) | ((key & Row.KEY_W) != 0 ? 0x80 : 0);
      }
      three = map > 1 || (row.looked() & Row.KEY_W) != 0;
    }
    if (map == 1 && (!three || random.nextBoolean())) {
      bytes[p++] = (byte) 0xc5;
      bytes[p++] = (byte) (mode == 32 ? last | 0xc0 : last);
    } else {
      bytes[p++] = (byte) 0xc4;
      bytes[p++] = (byte) (map | random.nextInt(8) << 5 | (mode == 32 ? 0xc0 : 0));
      bytes[p++] = (byte) last;
    }
    bytes[p++] = (byte) (row == null ? random.nextInt(256) : row.opcode());
    return p;
  }
}
