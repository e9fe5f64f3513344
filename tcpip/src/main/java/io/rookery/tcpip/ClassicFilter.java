package io.rookery.tcpip;

import java.util.concurrent.ThreadLocalRandom;

/**
 * A program of the classic BSD packet filter, as SO_ATTACH_FILTER takes it (Linux's
 * Documentation/networking/filter.rst; McCanne and Jacobson, "The BSD Packet Filter", 1993). Jumps
 * go forwards only, so that a program ends after at most as many steps as it has instructions. Of
 * Linux's extensions NLATTR, NLATTR_NEST and PAY_OFFSET are not there.
 */
public final class ClassicFilter implements PacketFilter {
  /** Most instructions of a program (BPF_MAXINSNS). */
  public static final int MOST_INSTRUCTIONS = 4096;

  /** How many extensions there may be (SKF_AD_MAX): the value of SO_BPF_EXTENSIONS. */
  public static final int EXTENSIONS_END = 64;

  /** One instruction: struct sock_filter. */
  public record Instruction(int code, int ifTrue, int ifFalse, int k) {}

  static final int SCRATCH = 16; // BPF_MEMWORDS

  // Where negative offsets lead (linux/filter.h)
  static final int EXTENSIONS = -0x1000; // SKF_AD_OFF
  private static final int NETWORK_HEADER = -0x100000; // SKF_NET_OFF
  private static final int LINK_HEADER = -0x200000; // SKF_LL_OFF

  // Classes
  static final int ALU = 4;
  static final int JMP = 5;
  static final int RET = 6;
  private static final int LD = 0;
  private static final int LDX = 1;
  private static final int ST = 2;
  private static final int STX = 3;

  // Modes of loads
  private static final int ABS = 0x20;
  private static final int IND = 0x40;
  private static final int MEM = 0x60;
  private static final int LEN = 0x80;
  private static final int MSH = 0xa0;

  static final int SOURCE_X = 0x08;
  private static final int BYTE = 0x10;
  private static final int DIVIDE = 0x30;
  private static final int MODULO = 0x90;

  private static final int XOR_X = 40; // the extension that is no load

  private final Instruction[] program;

  /**
   * A checked program.
   *
   * @throws NetException {@link NetError#INVALID} if it is empty, too long, may run off its end,
   *     divides by the constant zero, loads a scratch word before it stores it, or has an unknown
   *     instruction
   */
  public ClassicFilter(Instruction... program) throws NetException {
    this.program = program.clone();
    if (!FilterVerifier.accepts(this.program)) {
      throw new NetException(NetError.INVALID);
    }
  }

  @Override
  public int accept(byte[] bytes, int at, int length, FilterContext context) {
    int a = 0;
    int x = 0;
    int[] scratch = new int[SCRATCH];
    for (int pc = 0; pc < program.length; pc++) {
      Instruction in = program[pc];
      int k = in.k;
      switch (in.code & 7) {
        case LD, LDX -> {
          int mode = in.code & 0xe0;
          long loaded;
          if (mode == ABS && k < 0 && k >= EXTENSIONS) {
            loaded = extension(k - EXTENSIONS, a, x, context) & 0xffff_ffffL;
          } else {
            int size = in.code & 0x18;
            loaded =
                switch (mode) {
                  case ABS -> load(bytes, at, length, k, size, context);
                  case IND -> load(bytes, at, length, x + k, size, context);
                  case MSH -> load(bytes, at, length, k, BYTE, context);
                  case MEM -> scratch[k] & 0xffff_ffffL;
                  case LEN -> length;
                  default -> k & 0xffff_ffffL;
                };
          }
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
          int taken = in.code == RET ? k : a;
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
  private static long load(
      byte[] bytes, int at, int length, int offset, int size, FilterContext context) {
    long from;
    if (offset >= 0) {
      from = (long) at + offset;
    } else if (offset >= NETWORK_HEADER) {
      from = (long) context.networkHeader() + (offset - NETWORK_HEADER);
    } else if (offset >= LINK_HEADER) {
      from = (long) context.linkHeader() + (offset - LINK_HEADER);
    } else {
      return -1;
    }
    int count =
        switch (size) {
          case 0 -> 4;
          case 0x08 -> 2;
          default -> 1;
        };
    if (from + count > (offset >= 0 ? at + length : context.end())) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | bytes[(int) from + i] & 0xff;
    }
    return value;
  }

  static boolean isExtension(int number) {
    return switch (number) {
      case 0, 4, 8, 20, 24, 28, 32, 36, XOR_X, 44, 48, 56, 60 -> true;
      default -> false;
    };
  }

  /** SKF_AD_: what packets here do not have (marks, queues, hashes, VLAN tags) is zero. */
  private static int extension(int number, int a, int x, FilterContext context) {
    return switch (number) {
      case 0 -> context.protocol();
      case 4 -> context.packetType();
      case 8 -> context.interfaceIndex();
      case 28 -> context.hardwareType();
      case XOR_X -> a ^ x;
      case 56 -> ThreadLocalRandom.current().nextInt();
      default -> 0;
    };
  }

  private static int computed(int operation, int a, int operand) {
    return switch (operation) {
      case 0x00 -> a + operand;
      case 0x10 -> a - operand;
      case 0x20 -> a * operand;
      case DIVIDE -> Integer.divideUnsigned(a, operand);
      case 0x40 -> a | operand;
      case 0x50 -> a & operand;
      case 0x60 -> a << operand; // of the distance five bits count
      case 0x70 -> a >>> operand;
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
