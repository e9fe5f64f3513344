package io.rookery.cpu.ir;

/**
 * Lazy status flags: the tuple (kind, x, y) from which CF, PF, AF, ZF, SF and OF are computed when something asks (SDM vol. 1,
 * 3.4.3.1). A kind is a family times four plus the operand size's log2 (0: 8 bits … 3: 64 bits); only the low bits of x and y that
 * the size covers count. The values of flags that the SDM leaves undefined are those that current hardware gives where known.
 */
public final class Flags {
  public static final int CF = 1;
  public static final int PF = 1 << 2;
  public static final int AF = 1 << 4;
  public static final int ZF = 1 << 6;
  public static final int SF = 1 << 7;
  public static final int OF = 1 << 11;
  public static final int STATUS = CF | PF | AF | ZF | SF | OF;

  // Kinds.
  public static final int RAW = 0; // x: the status flags themselves
  public static final int ADD = 1 << 2; // x + y
  public static final int SUB = 2 << 2; // x - y (also CMP, NEG with x = 0)
  public static final int LOGIC = 3 << 2; // result x; CF = OF = AF = 0
  public static final int INC = 4 << 2; // result x; y: CF as before
  public static final int DEC = 5 << 2; // result x; y: CF as before
  public static final int ADC1 = 6 << 2; // x + y + 1
  public static final int SBB1 = 7 << 2; // x - y - 1
  public static final int SHL = 8 << 2; // x << y, y the masked count, not 0 (it may exceed an 8- or 16-bit operand's width)
  public static final int SHR = 9 << 2;
  public static final int SAR = 10 << 2;
  public static final int MUL = 11 << 2; // result x; CF = OF = (y != 0)

  private Flags() {}

  // The evaluation (status(kind,x,y), test(condition,kind,x,y), carry(kind,x,y)) is in this class too, see below.
}
