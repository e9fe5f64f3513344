package io.rookery.cpu.decode;

import io.rookery.cpu.CpuFeature;
import io.rookery.cpu.CpuModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of src/main/tables, parsed. */
final class OpcodeTable {
  /** Files in the order of the decoder's maps; the x87 opcodes belong to the first. */
  private static final List<List<String>> MAPS =
      List.of(
          List.of("one-byte.txt", "x87.txt"),
          List.of("0f.txt"),
          List.of("0f38.txt"),
          List.of("0f3a.txt"),
          List.of("vex-0f.txt"),
          List.of("vex-0f38.txt"),
          List.of("vex-0f3a.txt"));

  static final int MAP_COUNT = MAPS.size();

  private static final int PREFIXES = Row.KEY_66 | Row.KEY_F3 | Row.KEY_F2;

  private static final Map<String, Long> FLAGS =
      Map.of(
          "lock", Row.LOCK,
          "d64", Row.DEFAULT64,
          "f64", Row.FORCED64,
          "anymod", Row.ANY_MOD,
          "distinct", Row.DISTINCT);

  private static final Map<String, Integer> FIXED =
      Map.ofEntries(
          Map.entry("AL", operand(Row.RAX, Row.BYTE)),
          Map.entry("AX", operand(Row.RAX, Row.WORD)),
          Map.entry("rAX", operand(Row.RAX, Row.OPERAND)),
          Map.entry("eAX", operand(Row.RAX, Row.OPERAND_MAX32)),
          Map.entry("CL", operand(Row.RCX, Row.BYTE)),
          Map.entry("DX", operand(Row.RDX, Row.WORD)),
          Map.entry("ST0", operand(Row.ST0, Row.TEN_BYTES)),
          Map.entry("STi", operand(Row.STI, Row.TEN_BYTES)),
          Map.entry("XMM0", operand(Row.XMM0, Row.DQWORD)),
          Map.entry("1", operand(Row.ONE, Row.BYTE)),
          Map.entry("ES", operand(Row.FIXED_SEGMENT, Row.WORD)),
          Map.entry("CS", operand(Row.FIXED_SEGMENT + 1, Row.WORD)),
          Map.entry("SS", operand(Row.FIXED_SEGMENT + 2, Row.WORD)),
          Map.entry("DS", operand(Row.FIXED_SEGMENT + 3, Row.WORD)),
          Map.entry("FS", operand(Row.FIXED_SEGMENT + 4, Row.WORD)),
          Map.entry("GS", operand(Row.FIXED_SEGMENT + 5, Row.WORD)));

  private static final Map<String, Integer> PLACES =
      Map.ofEntries(
          Map.entry("A", Row.A),
          Map.entry("B", Row.B),
          Map.entry("C", Row.C),
          Map.entry("D", Row.D),
          Map.entry("E", Row.E),
          Map.entry("G", Row.G),
          Map.entry("H", Row.H),
          Map.entry("I", Row.I),
          Map.entry("J", Row.J),
          Map.entry("L", Row.L),
          Map.entry("M", Row.M),
          Map.entry("N", Row.N),
          Map.entry("O", Row.O),
          Map.entry("P", Row.P),
          Map.entry("Q", Row.Q),
          Map.entry("R", Row.R),
          Map.entry("S", Row.S),
          Map.entry("U", Row.U),
          Map.entry("V", Row.V),
          Map.entry("VM", Row.VM),
          Map.entry("W", Row.W),
          Map.entry("X", Row.X),
          Map.entry("Y", Row.Y),
          Map.entry("Z", Row.Z));

  private static final Map<String, Integer> WIDTHS =
      Map.ofEntries(
          Map.entry("", Row.NONE),
          Map.entry("b", Row.BYTE),
          Map.entry("w", Row.WORD),
          Map.entry("d", Row.DWORD),
          Map.entry("ss", Row.DWORD),
          Map.entry("q", Row.QWORD),
          Map.entry("sd", Row.QWORD),
          Map.entry("dq", Row.DQWORD),
          Map.entry("qq", Row.QQWORD),
          Map.entry("t", Row.TEN_BYTES),
          Map.entry("v", Row.OPERAND),
          Map.entry("z", Row.OPERAND_MAX32),
          Map.entry("y", Row.OPERAND_MIN32),
          Map.entry("m", Row.MODE),
          Map.entry("p", Row.FAR),
          Map.entry("a", Row.PAIR),
          Map.entry("s", Row.DESCRIPTOR),
          Map.entry("x", Row.VECTOR),
          Map.entry("ps", Row.VECTOR),
          Map.entry("pd", Row.VECTOR),
          Map.entry("h", Row.VECTOR_HALF),
          Map.entry("f", Row.VECTOR_QUARTER),
          Map.entry("e", Row.VECTOR_EIGHTH));

  /**
   * A row for one opcode.
   *
   * @param text the row as it stands in the file
   * @param reg the value that ModRM.reg must have, or -1
   * @param value bits of {@code looked} that the key must have
   * @param operands packed operands, see {@link Row}
   * @param feature the CPUID bit that says whether the processor has it, or null
   * @param wideFeature that bit for VEX.L = 1
   */
  record Entry(
      String text,
      int map,
      int opcode,
      int reg,
      int looked,
      int value,
      String mnemonic,
      List<Integer> operands,
      long flags,
      @Nullable CpuFeature feature,
      @Nullable CpuFeature wideFeature) {

    /** Whether a ModRM byte follows the opcode. */
    boolean hasModrm() {
      if (reg >= 0 || (looked & (Row.KEY_REGISTER | Row.KEY_RM)) != 0) {
        return true;
      }
      for (int operand : operands) {
        switch (Row.place(operand)) {
          case Row.C, Row.D, Row.E, Row.G, Row.M, Row.N, Row.P, Row.Q -> {
            return true;
          }
          case Row.R, Row.S, Row.STI, Row.U, Row.V, Row.VM, Row.W -> {
            return true;
          }
          default -> {}
        }
      }
      return false;
    }

    /** The row for {@link DecodeTables}, {@code mnemonics} being the enum's constants in order. */
    long packed(List<String> mnemonics) {
      long row = flags | (long) mnemonics.indexOf(mnemonic) << Row.MNEMONIC_SHIFT;
      for (int i = 0; i < operands.size(); i++) {
        row |= (long) operands.get(i) << (Row.OPERAND_BITS * i);
      }
      return row;
    }

    int match() {
      return looked << 16 | value;
    }
  }

  private OpcodeTable() {}

  private static int operand(int place, int width) {
    return place << Row.WIDTH_BITS | width;
  }

  /** All rows in {@code folder}, in the order of maps and files. */
  static List<Entry> read(Path folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (int map = 0; map < MAPS.size(); map++) {
      for (String file : MAPS.get(map)) {
        for (String line : Files.readAllLines(folder.resolve(file))) {
          if (!line.startsWith("#") && !line.isBlank()) {
            parse(line, map, entries);
          }
        }
      }
    }
    return entries;
  }

  private static void parse(String line, int map, List<Entry> entries) {
    String[] tokens = line.split(" ", -1);
    String first = tokens[0];
    int opcode = Integer.parseInt(first.substring(0, 2), 16);
    int count = first.endsWith("+cc") ? 16 : first.endsWith("+") ? 8 : 1;
    long flags = count == 16 ? Row.CONDITION : 0;
    int reg = -1;
    int looked = 0;
    int value = 0;
    int i = 1;
    for (; isCondition(tokens[i]); i++) {
      String token = tokens[i];
      switch (token) {
        case "NP" -> looked |= PREFIXES;
        case "NR" -> looked |= Row.KEY_F2 | Row.KEY_F3;
        case "66" -> {
          looked |= PREFIXES;
          value |= Row.KEY_66;
        }
        case "F3" -> {
          looked |= Row.KEY_F2 | Row.KEY_F3;
          value |= Row.KEY_F3;
        }
        case "F2" -> {
          looked |= Row.KEY_F2 | Row.KEY_F3;
          value |= Row.KEY_F2;
        }
        case "mem" -> looked |= Row.KEY_REGISTER;
        case "reg" -> {
          looked |= Row.KEY_REGISTER;
          value |= Row.KEY_REGISTER;
        }
        case "W0" -> looked |= Row.KEY_W;
        case "W1" -> {
          looked |= Row.KEY_W;
          value |= Row.KEY_W;
        }
        case "L0" -> looked |= Row.KEY_L;
        case "L1" -> {
          looked |= Row.KEY_L;
          value |= Row.KEY_L;
        }
        case "B1" -> {
          looked |= Row.KEY_B;
          value |= Row.KEY_B;
        }
        case "i64" -> looked |= Row.KEY_MODE64;
        case "o64" -> {
          looked |= Row.KEY_MODE64;
          value |= Row.KEY_MODE64;
        }
        default -> {
          int number = token.charAt(token.length() - 1) - '0';
          if (token.startsWith("/")) {
            reg = number;
          } else {
            looked |= Row.KEY_RM;
            value |= number << Row.KEY_RM_SHIFT;
          }
        }
      }
    }
    String mnemonic = tokens[i++];
    List<Integer> operands = new ArrayList<>();
    if (i < tokens.length && !tokens[i].matches("[a-z][a-z0-9_/]+")) {
      for (String name : tokens[i++].split(",", -1)) {
        int operand = operand(name);
        operands.add(operand);
        switch (Row.place(operand)) {
          case Row.M, Row.VM -> looked |= Row.KEY_REGISTER;
          case Row.N, Row.R, Row.U -> {
            looked |= Row.KEY_REGISTER;
            value |= Row.KEY_REGISTER;
          }
          default -> {}
        }
      }
    }
    CpuFeature feature = null;
    CpuFeature wideFeature = null;
    for (; i < tokens.length; i++) {
      Long flag = FLAGS.get(tokens[i]);
      if (flag != null) {
        flags |= flag;
      } else {
        String[] names = tokens[i].split("/", -1);
        feature = feature(names[0], line);
        wideFeature = feature(names[names.length - 1], line);
      }
    }
    if (feature != null && feature.since() != CpuModel.X86_64) {
      int key = feature.since() == CpuModel.X86_64_V2 ? Row.KEY_V2 : Row.KEY_V3;
      looked |= key;
      value |= key;
    }
    if ((flags & Row.ANY_MOD) != 0) {
      looked &= ~Row.KEY_REGISTER;
      value &= ~Row.KEY_REGISTER;
    }
    for (int n = 0; n < count; n++) {
      entries.add(
          new Entry(
              line,
              map,
              opcode + n,
              reg,
              looked,
              value,
              mnemonic,
              List.copyOf(operands),
              flags,
              feature,
              wideFeature));
    }
  }

  private static CpuFeature feature(String name, String line) {
    for (CpuFeature feature : CpuFeature.values()) {
      if (feature.linuxName().equals(name)) {
        return feature;
      }
    }
    throw new IllegalArgumentException("unknown flag " + name + " in: " + line);
  }

  private static boolean isCondition(String token) {
    return token.matches("NP|NR|66|F[23]|/[0-7]|rm[0-7]|mem|reg|W[01]|L[01]|B1|[io]64");
  }

  private static int operand(String name) {
    Integer fixed = FIXED.get(name);
    if (fixed != null) {
      return fixed;
    }
    int letters = name.startsWith("VM") ? 2 : 1;
    Integer place = PLACES.get(name.substring(0, letters));
    String widthName = name.substring(letters);
    if (name.equals("Is")) {
      return operand(Row.I_SIGNED, Row.BYTE);
    }
    if (name.equals("Iz")) {
      return operand(Row.I_SIGNED, Row.OPERAND_MAX32);
    }
    Integer width = WIDTHS.get(widthName);
    if (place == null || width == null) {
      throw new IllegalArgumentException("unknown operand " + name);
    }
    return operand(place, width);
  }
}
