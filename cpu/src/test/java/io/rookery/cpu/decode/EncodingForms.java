package io.rookery.cpu.decode;

import io.rookery.cpu.CpuFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The operand forms of all rows of the opcode tables, and random encodings of them. */
public final class EncodingForms {
  /** Mnemonics whose operand size shows in no operand. */
  private static final Set<String> SIZED =
      Set.of(
          "CBW", "CWD", "PUSHF", "POPF", "LEAVE", "ENTER", "PUSHA", "POPA", "FXSAVE", "FXRSTOR",
          "FNSTENV", "FLDENV", "FNSAVE", "FRSTOR");

  private static final Set<String> STRINGS = Set.of("MOVS", "CMPS", "SCAS", "LODS", "STOS");

  /** Prefixes of segments whose base is 0: ES, SS, DS. */
  private static final int[] FLAT_SEGMENTS = {0x26, 0x36, 0x3e};

  private static final int PREFIX_CHANCE = 12;

  /** Distance from an instruction to where its relative branch goes. */
  public static final int BRANCH_DISTANCE = 0x40;

  /** LOCK, REP or REPNE prefix. */
  public enum Prefix {
    NONE(0),
    LOCK(0xf0),
    REPNE(0xf2),
    REP(0xf3);

    private final int code;

    Prefix(int code) {
      this.code = code;
    }
  }

  /**
   * A row of the tables with one choice of what its operands leave open.
   *
   * @param memory the ModRM operand is memory
   * @param size operand size in bits, or 0 where the row has none
   * @param wide VEX.L
   */
  public record Form(Object row, boolean memory, int size, boolean wide, Prefix prefix) {
    private OpcodeTable.Entry entry() {
      return (OpcodeTable.Entry) row;
    }

    public String mnemonic() {
      return entry().mnemonic();
    }

    /** Whether an operand is a segment register. */
    public boolean usesSegmentRegister() {
      return usesAny(entry(), Row.S)
          || entry().operands().stream().anyMatch(o -> Row.place(o) >= Row.FIXED_SEGMENT);
    }

    /** Whether an operand is a control or debug register. */
    public boolean usesControlRegister() {
      return usesAny(entry(), Row.C, Row.D);
    }

    /** Whether there are vector operands and none but vectors, memory and immediates. */
    public boolean usesOnlyVectors() {
      return entry().operands().stream()
              .anyMatch(o -> Row.place(o) == Row.V || Row.place(o) == Row.U)
          && (entry().flags() & Row.DISTINCT) == 0
          && entry().operands().stream()
              .map(Row::place)
              .allMatch(
                  p ->
                      switch (p) {
                        case Row.V, Row.W, Row.H, Row.U, Row.L, Row.I, Row.XMM0 -> true;
                        default -> false;
                      });
    }

    public boolean vex() {
      return entry().map() > 3;
    }

    /** The row's opcode with its map, and the conditions that tell it from others. */
    public String encoding() {
      String text = entry().text();
      String row = text.substring(0, text.indexOf(" " + mnemonic()));
      return List.of("", "0F ", "0F 38 ", "0F 3A ", "VEX.0F ", "VEX.0F38 ", "VEX.0F3A ")
              .get(entry().map())
          + row;
    }

    /** The row's mnemonic and operands. */
    public String instruction() {
      String text = entry().text();
      String[] words = text.substring(text.indexOf(" " + mnemonic()) + 1).split(" ", -1);
      return entry().operands().isEmpty() ? words[0] : words[0] + " " + words[1];
    }

    /** The CPUID bit, as /proc/cpuinfo names it; empty where every processor has it. */
    public String feature() {
      CpuFeature feature = entry().feature();
      CpuFeature other = entry().wideFeature();
      if (feature == null || other == null) {
        return "";
      }
      return feature == other
          ? feature.linuxName()
          : feature.linuxName() + ", " + other.linuxName();
    }

    @Override
    public String toString() {
      return (vex() ? "VEX " : "")
          + entry().text()
          + (entry().text().contains("+") ? String.format(" (%02X)", entry().opcode()) : "")
          + (memory ? " mem" : "")
          + (size != 0 ? " " + size : "")
          + (wide ? " L1" : "")
          + (prefix != Prefix.NONE ? " " + prefix : "");
    }
  }

  private final Random random;
  private final int mode;
  private final boolean independent;

  /** {@code mode}: 64 or 32. */
  public EncodingForms(long seed, int mode) {
    this(seed, mode, false);
  }

  /**
   * As above.
   *
   * @param independent whether memory operands shall use no registers, and RSP be no operand
   */
  public EncodingForms(long seed, int mode, boolean independent) {
    this.random = new Random(seed);
    this.mode = mode;
    this.independent = independent;
  }

  /** All forms of the tables in {@code mode}. */
  public static List<Form> all(int mode) throws IOException {
    List<Form> forms = new ArrayList<>();
    for (OpcodeTable.Entry row : OpcodeTable.read(Path.of("src/main/tables"))) {
      int key = mode == 64 ? Row.KEY_MODE64 : 0;
      if ((row.looked() & Row.KEY_MODE64) != 0 && (row.value() & Row.KEY_MODE64) != key) {
        continue;
      }
      if (mode == 32 && row.map() < 4 && needsRex(row)) {
        continue;
      }
      for (boolean memory : new boolean[] {false, true}) {
        if (memory ? !allowsMemory(row) : !allowsRegister(row)) {
          continue;
        }
        for (int size : sizes(row, mode)) {
          for (boolean wide : widths(row)) {
            forms.add(new Form(row, memory, size, wide, Prefix.NONE));
            if (memory && (row.flags() & Row.LOCK) != 0) {
              forms.add(new Form(row, memory, size, wide, Prefix.LOCK));
            }
            if (STRINGS.contains(row.mnemonic())) {
              forms.add(new Form(row, memory, size, wide, Prefix.REP));
              forms.add(new Form(row, memory, size, wide, Prefix.REPNE));
            }
          }
        }
      }
    }
    return forms;
  }

  private static boolean needsRex(OpcodeTable.Entry row) {
    return (row.value() & (Row.KEY_W | Row.KEY_B)) != 0;
  }

  private static boolean allowsMemory(OpcodeTable.Entry row) {
    if ((row.looked() & Row.KEY_REGISTER) != 0) {
      return (row.value() & Row.KEY_REGISTER) == 0;
    }
    return usesAny(row, Row.E, Row.W, Row.Q);
  }

  private static boolean allowsRegister(OpcodeTable.Entry row) {
    return (row.looked() & Row.KEY_REGISTER) == 0 || (row.value() & Row.KEY_REGISTER) != 0;
  }

  private static boolean hasWidth(OpcodeTable.Entry row, int first, int last) {
    return row.operands().stream().map(Row::width).anyMatch(w -> w >= first && w <= last);
  }

  private static List<Integer> sizes(OpcodeTable.Entry row, int mode) {
    boolean sized =
        SIZED.contains(row.mnemonic())
            || hasWidth(row, Row.OPERAND, Row.OPERAND_MIN32)
            || hasWidth(row, Row.FAR, Row.PAIR);
    if (!sized) {
      return List.of(0);
    }
    List<Integer> sizes = new ArrayList<>();
    boolean fixedW = (row.looked() & Row.KEY_W) != 0;
    if (row.map() < 4 && (row.flags() & Row.FORCED64) == 0 && (row.looked() & Row.KEY_66) == 0) {
      sizes.add(16);
    }
    if (mode == 32 || (row.flags() & (Row.FORCED64 | Row.DEFAULT64)) == 0) {
      sizes.add(32);
    }
    if (mode == 64 && !fixedW) {
      sizes.add(64);
    }
    return sizes;
  }

  private static boolean[] widths(OpcodeTable.Entry row) {
    if (row.map() < 4) {
      return new boolean[] {false};
    }
    if ((row.looked() & Row.KEY_L) != 0) {
      return new boolean[] {(row.value() & Row.KEY_L) != 0};
    }
    return hasWidth(row, Row.VECTOR, Row.VECTOR_EIGHTH)
        ? new boolean[] {false, true}
        : new boolean[] {false};
  }

  /**
   * A random encoding of {@code form} for {@code address}; absolute and RIP-relative memory
   * operands are at {@code data}, branches go {@link #BRANCH_DISTANCE} behind the start.
   */
  public byte[] encode(Form form, long address, long data) {
    OpcodeTable.Entry row = form.entry();
    int rex = 0;
    int reg = row.reg() >= 0 ? row.reg() : register();
    int rm = (row.looked() & Row.KEY_RM) != 0 ? row.value() >>> Row.KEY_RM_SHIFT : register();
    boolean w = (row.looked() & Row.KEY_W) != 0 ? (row.value() & Row.KEY_W) != 0 : form.size == 64;
    if (w && (row.flags() & (Row.FORCED64 | Row.DEFAULT64)) == 0) {
      rex |= 0x48;
    }
    if (reg > 7 && !usesAny(row, Row.P, Row.S)) {
      rex |= 0x44;
    }
    ByteArrayOutputStream tail = new ByteArrayOutputStream();
    int opcode = row.opcode();
    int ripAt = -1;
    if (row.hasModrm()) {
      int low = (reg & 7) << 3;
      if (!form.memory) {
        rex |= rm > 7 && (row.looked() & Row.KEY_RM) == 0 ? 0x41 : 0;
        tail.write(0xc0 | low | (rm & 7));
      } else {
        Memory memory = memory(row, low, tail, data);
        rex |= memory.rex;
        ripAt = memory.ripAt;
      }
    } else if (usesAny(row, Row.Z) && random.nextBoolean() && mode == 64) {
      rex |= 0x41; // XCHG r8,rAX instead of NOP is found by B1.
    }
    if ((row.looked() & Row.KEY_B) != 0) {
      rex |= 0x41;
    }
    boolean address32 = mode == 64 && random.nextInt(PREFIX_CHANCE) == 0;
    immediates(row, form, tail, address32 || mode == 32 ? 4 : 8, data);
    if (mode == 64 && row.map() < 4 && random.nextInt(4) == 0) {
      rex |= 0x40;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (address32) {
      out.write(0x67);
    }
    if (random.nextInt(PREFIX_CHANCE) == 0) {
      out.write(FLAT_SEGMENTS[random.nextInt(FLAT_SEGMENTS.length)]);
    }
    if (row.map() > 3) {
      vex(out, row, form, rex, w);
    } else {
      legacy(out, row, form, rex);
    }
    out.write(opcode);
    byte[] head = out.toByteArray();
    byte[] bytes = new byte[head.length + tail.size()];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(tail.toByteArray(), 0, bytes, head.length, tail.size());
    if (ripAt >= 0) {
      patch(bytes, head.length + ripAt, data - (address + bytes.length));
    }
    if (usesAny(row, Row.J)) {
      int width = row.text().contains(" Jb") ? 1 : 4;
      int distance = BRANCH_DISTANCE - bytes.length;
      if (width == 1) {
        bytes[bytes.length - 1] = (byte) distance;
      } else {
        patch(bytes, bytes.length - 4, distance);
      }
    }
    return bytes;
  }

  private int register() {
    int register = random.nextInt(mode == 64 ? 16 : 8);
    return independent && register == 4 ? 5 : register;
  }

  private static boolean usesAny(OpcodeTable.Entry row, int... places) {
    return row.operands().stream()
        .map(Row::place)
        .anyMatch(p -> Arrays.stream(places).anyMatch(place -> place == p));
  }

  private static void patch(byte[] bytes, int at, long value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
  }

  private record Memory(int rex, int ripAt) {}

  private Memory memory(OpcodeTable.Entry row, int low, ByteArrayOutputStream tail, long data) {
    boolean vectorIndex = (row.flags() & Row.DISTINCT) != 0;
    int rex = 0;
    int kind = vectorIndex ? 1 : independent ? 6 + random.nextInt(2) : random.nextInt(8);
    if (kind == 7 && mode == 64) {
      tail.write(low | 5);
      write(tail, 0, 4);
      return new Memory(0, 1);
    }
    if (kind == 6) {
      tail.write(low | 4);
      tail.write(0x25);
      write(tail, data, 4);
      return new Memory(0, -1);
    }
    // RAX, RCX and RDX are implicit operands too often.
    int base = 3 + random.nextInt(mode == 64 ? 13 : 5);
    while (base == 4) {
      base = 3 + random.nextInt(mode == 64 ? 13 : 5);
    }
    rex |= base > 7 ? 0x41 : 0;
    int mod = (base & 7) == 5 ? 1 + random.nextInt(2) : random.nextInt(3);
    boolean sib = kind < 3 || (base & 7) == 4;
    tail.write(mod << 6 | low | (sib ? 4 : base & 7));
    if (sib) {
      int index = register();
      while (!vectorIndex && index == base) {
        index = register();
      }
      if (kind >= 3 || (index == 4 && !vectorIndex)) {
        index = 4;
      }
      rex |= index > 7 ? 0x42 : 0;
      tail.write(random.nextInt(4) << 6 | (index & 7) << 3 | (base & 7));
    }
    write(tail, random.nextInt(), mod == 0 ? 0 : mod == 1 ? 1 : 4);
    return new Memory(rex, -1);
  }

  private void immediates(
      OpcodeTable.Entry row, Form form, ByteArrayOutputStream tail, int offsetBytes, long data) {
    if (row.mnemonic().equals("ENTER")) {
      write(tail, random.nextInt(256), 2);
      write(tail, random.nextInt(4), 1);
      return;
    }
    for (int operand : row.operands()) {
      switch (Row.place(operand)) {
        case Row.I -> write(tail, immediate(), bytes(Row.width(operand), form.size));
        case Row.I_SIGNED -> write(tail, immediate(), bytes(Row.width(operand), form.size));
        case Row.J -> write(tail, 0, Row.width(operand) == Row.BYTE ? 1 : 4);
        case Row.L -> write(tail, register() << 4, 1);
        case Row.O -> write(tail, data, offsetBytes);
        default -> {}
      }
    }
  }

  private long immediate() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(16);
      case 1 -> random.nextInt(256);
      case 2 -> -1 - random.nextInt(4);
      default -> random.nextLong();
    };
  }

  private static int bytes(int width, int size) {
    return switch (width) {
      case Row.BYTE -> 1;
      case Row.WORD -> 2;
      case Row.OPERAND -> size / 8;
      default -> size == 16 ? 2 : 4;
    };
  }

  private static void write(ByteArrayOutputStream out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> (8 * i)));
    }
  }

  private void legacy(ByteArrayOutputStream out, OpcodeTable.Entry row, Form form, int rex) {
    if (form.prefix != Prefix.NONE) {
      out.write(form.prefix.code);
    }
    int value = row.value();
    if (form.size == 16 || (value & Row.KEY_66) != 0) {
      out.write(0x66);
    }
    if ((value & Row.KEY_F3) != 0) {
      out.write(0xf3);
    }
    if ((value & Row.KEY_F2) != 0) {
      out.write(0xf2);
    }
    if (rex != 0) {
      out.write(rex);
    }
    if (row.map() > 0) {
      out.write(0x0f);
    }
    if (row.map() > 1) {
      out.write(row.map() == 2 ? 0x38 : 0x3a);
    }
  }

  private void vex(
      ByteArrayOutputStream out, OpcodeTable.Entry row, Form form, int rex, boolean w) {
    boolean vvvv = usesAny(row, Row.H, Row.B);
    int value = row.value();
    int pp = (value & Row.KEY_66) != 0 ? 1 : (value & Row.KEY_F3) != 0 ? 2 : 0;
    pp = (value & Row.KEY_F2) != 0 ? 3 : pp;
    int last = pp | (form.wide ? 4 : 0) | (vvvv ? register() ^ 15 : 15) << 3;
    int map = row.map() - 3;
    if (map == 1 && !w && (rex & 3) == 0 && random.nextBoolean()) {
      out.write(0xc5);
      out.write(last | ((rex & 4) << 5 ^ 0x80));
    } else {
      out.write(0xc4);
      out.write(map | ((rex & 7) << 5 ^ 0xe0));
      out.write(last | (w ? 0x80 : 0));
    }
  }
}
