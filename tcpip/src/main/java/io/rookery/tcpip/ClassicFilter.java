package io.rookery.tcpip;

/**
 * A program of the classic BSD packet filter, as SO_ATTACH_FILTER takes it (Linux's
 * Documentation/networking/filter.rst; McCanne and Jacobson, "The BSD Packet Filter", 1993). Jumps
 * go forwards only, so that a program ends after at most as many steps as it has instructions.
 * Linux's extensions (negative offsets) are not there.
 */
public final class ClassicFilter implements PacketFilter {
  /** Most instructions of a program (BPF_MAXINSNS). */
  public static final int MOST_INSTRUCTIONS = 4096;

  /** One instruction: struct sock_filter. */
  public record Instruction(int code, int ifTrue, int ifFalse, int k) {}

  private static final int SCRATCH = 16; // BPF_MEMWORDS

  // Classes
  private static final int LD = 0;
  private static final int LDX = 1;
  private static final int ST = 2;
  private static final int STX = 3;
  private static final int ALU = 4;
  private static final int JMP = 5;
  private static final int RET = 6;

  // Modes of loads
  private static final int IMM = 0x00;
  private static final int ABS = 0x20;
  private static final int IND = 0x40;
  private static final int MEM = 0x60;
  private static final int LEN = 0x80;
  private static final int MSH = 0xa0;

  private static final int SOURCE_X = 0x08;
  private static final int DIVIDE = 0x30;
  private static final int MODULO = 0x90;

  private final Instruction[] program;

  /**
   * A checked program.
   *
   * @throws NetException {@link NetError#INVALID} if it is empty, too long, may run off its end,
   *     divides by the constant zero, or has an unknown instruction
   */
  public ClassicFilter(Instruction... program) throws NetException {
    this.program = program.clone();
    if (program.length == 0
        || program.length > MOST_INSTRUCTIONS
        || (program[program.length - 1].code & 7) != RET) {
      throw new NetException(NetError.INVALID);
    }
    for (int i = 0; i < program.length; i++) {
      if (!isValid(program[i], program.length - i - 1)) {
        throw new NetException(NetError.INVALID);
      }
    }
  }

  /**
   * Whether an instruction is known and stays in the program.
   *
   * @param behind instructions behind it
   */
  private static boolean isValid(Instruction in, int behind) {
    int code = in.code;
    int operation = code & 0xf0;
    int mode = code & 0xe0;
    int size = code & 0x18;
    boolean scratch = in.k >= 0 && in.k < SCRATCH;
    return switch (code & 7) {
      case LD ->
          switch (mode) {
            case ABS -> size != 0x18 && in.k >= 0;
            case IND -> size != 0x18;
            case MEM -> size == 0 && scratch;
            case IMM, LEN -> size == 0;
            default -> false;
          };
      case LDX ->
          switch (mode) {
            case MEM -> size == 0 && scratch;
            case IMM, LEN -> size == 0;
            case MSH -> size == 0x10 && in.k >= 0;
            default -> false;
          };
      case ST, STX -> (code & 0xf8) == 0 && scratch;
      case ALU ->
          operation <= 0xa0
              && ((code & SOURCE_X) != 0
                  || in.k != 0
                  || operation != DIVIDE && operation != MODULO);
      case JMP ->
          operation == 0
              ? Integer.compareUnsigned(in.k, behind) < 0
              : operation <= 0x40 && in.ifTrue < behind && in.ifFalse < behind;
      case RET -> (code & 0xf8) == 0 || (code & 0xf8) == 0x10;
      default -> (code & 0xf8) == 0 || (code & 0xf8) == 0x80;
    };
  }

  @Override
  public int accept(byte[] bytes, int at, int length) {
    int a = 0;
    int x = 0;
    int[] scratch = new int[SCRATCH];
    for (int pc = 0; pc < program.length; pc++) {
      Instruction in = program[pc];
      int k = in.k;
      switch (in.code & 7) {
        case LD, LDX -> {
          int mode = in.code & 0xe0;
          long loaded =
              switch (mode) {
                case ABS -> load(bytes, at, length, k, in.code & 0x18);
                case IND -> load(bytes, at, length, (x & 0xffff_ffffL) + k, in.code & 0x18);
                case MSH -> load(bytes, at, length, k, 0x10);
                case MEM -> scratch[k] & 0xffff_ffffL;
                case LEN -> length;
                default -> k & 0xffff_ffffL;
              };
          if (loaded < 0) {
            return 0; // beyond the packet
          }
          if (mode == MSH) {
            x = ((int) loaded & 0xf) * 4;
          } else if ((in.code & 7) == LD) {
            a = (int) loaded;
          } else {
            x = (int) loaded;
          }
        }
        case ST -> scratch[k] = a;
        case STX -> scratch[k] = x;
        case ALU -> {
          int operand = (in.code & SOURCE_X) != 0 ? x : k;
          int operation = in.code & 0xf0;
          if (operand == 0 && (operation == DIVIDE || operation == MODULO)) {
            return 0;
          }
          a = computed(operation, a, operand);
        }
        case JMP -> pc += jump(in, a, x);
        case RET -> {
          int taken = (in.code & 0xf8) == 0 ? k : a;
          return taken < 0 ? length : Math.min(taken, length); // it is unsigned
        }
        default -> {
          if ((in.code & 0x80) == 0) {
            x = a;
          } else {
            a = x;
          }
        }
      }
    }
    return 0;
  }

  /** A big-endian word, half-word or byte; -1 beyond the packet. */
  private static long load(byte[] bytes, int at, int length, long offset, int size) {
    int count =
        switch (size) {
          case 0 -> 4;
          case 0x08 -> 2;
          default -> 1;
        };
    if (offset < 0 || offset + count > length) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | bytes[at + (int) offset + i] & 0xff;
    }
    return value;
  }

  private static int computed(int operation, int a, int operand) {
    return switch (operation) {
      case 0x00 -> a + operand;
      case 0x10 -> a - operand;
      case 0x20 -> a * operand;
      case DIVIDE -> Integer.divideUnsigned(a, operand);
      case 0x40 -> a | operand;
      case 0x50 -> a & operand;
      case 0x60 -> operand >>> 5 != 0 ? 0 : a << operand;
      case 0x70 -> operand >>> 5 != 0 ? 0 : a >>> operand;
      case 0x80 -> -a;
      case MODULO -> Integer.remainderUnsigned(a, operand);
      default -> a ^ operand;
    };
  }

  private static int jump(Instruction in, int a, int x) {
    int operand = (in.code & SOURCE_X) != 0 ? x : in.k;
    return switch (in.code & 0xf0) {
      case 0x10 -> a == operand ? in.ifTrue : in.ifFalse;
      case 0x20 -> Integer.compareUnsigned(a, operand) > 0 ? in.ifTrue : in.ifFalse;
      case 0x30 -> Integer.compareUnsigned(a, operand) >= 0 ? in.ifTrue : in.ifFalse;
      case 0x40 -> (a & operand) != 0 ? in.ifTrue : in.ifFalse;
      default -> in.k;
    };
  }
}
