package io.rookery;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;

/**
 * A static x86-64 program of random integer functions in a loop; its exit status depends on all it
 * computes.
 */
final class RandomProgram {
  private static final int FUNCTIONS = 40;
  private static final int ROUNDS = 6000;
  private static final long ADDRESS = 0x400000;
  private static final int HEADERS = 64 + 56;
  private static final int[] REGISTERS = {0, 3, 2, 6, 8, 9, 10, 11};
  private static final int RDI = 7;
  private static final int REX_W = 0x48;

  /** ADD, OR, AND, SUB, XOR of a register to another. */
  private static final int[] OPERATIONS = {0x01, 0x09, 0x21, 0x29, 0x31};

  private final Random random;
  private final ByteArrayOutputStream code = new ByteArrayOutputStream();

  private RandomProgram(long seed) {
    random = new Random(seed);
  }

  /** An ELF file. */
  static byte[] of(long seed) {
    return new RandomProgram(seed).elf();
  }

  private byte[] elf() {
    hex("4881ec00020000 4889e7 b940000000 31c0 f348ab 4889e7"); // rdi: 512 bytes of zeros
    hex("31db 31d2 31f6 4531c0 4531c9 4531d2 4531db 41bc"); // registers: zero; r12d: rounds
    code.writeBytes(littleEndian(ROUNDS));
    int loop = code.size();
    int calls = loop;
    byte[][] functions = new byte[FUNCTIONS][];
    for (int i = 0; i < FUNCTIONS; i++) {
      functions[i] = function();
    }
    int target = calls + FUNCTIONS * 5 + HexFormat.of().parseHex(end(0)).length;
    for (byte[] function : functions) {
      code.write(0xe8);
      code.writeBytes(littleEndian(target - (code.size() + 4)));
      target += function.length;
    }
    hex(end(loop - (code.size() + 3 + 6)));
    for (byte[] function : functions) {
      code.writeBytes(function);
    }
    return withHeaders(code.toByteArray());
  }

  /** {@code dec r12; jnz back; xor eax, ebx; … shr 57; exit_group(rax)} */
  private static String end(int back) {
    String jump = HexFormat.of().formatHex(littleEndian(back));
    return ("49ffcc0f85" + jump)
        + "4831d84801d04831f04c01c04c31c84c01d04c31d8"
        + "48c1e8394889c7b8e70000000f05";
  }

  private byte[] function() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int n = 20 + random.nextInt(40); n > 0; n--) {
      int a = REGISTERS[random.nextInt(REGISTERS.length)];
      int b = REGISTERS[random.nextInt(REGISTERS.length)];
      int displacement = 8 * random.nextInt(15);
      switch (random.nextInt(5)) {
        case 0 -> instruction(body, a, RDI, 0x40, 0x03, displacement); // add a, [rdi + n]
        case 1 -> instruction(body, a, RDI, 0x40, 0x89, displacement); // mov [rdi + n], a
        case 2 -> instruction(body, 0, a, 0xc0, 0xc1, 1 + random.nextInt(60)); // rol a, n
        case 3 -> instruction(body, 0, a, 0xc0, 0x83, 1 + random.nextInt(100)); // add a, n
        default -> instruction(body, a, b, 0xc0, OPERATIONS[random.nextInt(OPERATIONS.length)], -1);
      }
    }
    body.write(0xc3);
    return body.toByteArray();
  }

  private static void instruction(
      ByteArrayOutputStream to, int reg, int rm, int mod, int opcode, int immediate) {
    to.write(REX_W | (reg >> 3) << 2 | rm >> 3);
    to.write(opcode);
    to.write(mod | (reg & 7) << 3 | rm & 7);
    if (immediate >= 0) {
      to.write(immediate);
    }
  }

  private void hex(String hex) {
    code.writeBytes(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] withHeaders(byte[] code) {
    int size = HEADERS + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    elf.putLong(ADDRESS + HEADERS).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5).putLong(0).putLong(ADDRESS).putLong(ADDRESS); // PT_LOAD, r-x
    elf.putLong(size).putLong(size).putLong(0x1000).put(code);
    return elf.array();
  }
}
