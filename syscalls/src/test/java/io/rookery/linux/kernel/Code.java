package io.rookery.linux.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tiny assembler for test programs, and the ELF file around its code. */
public final class Code {
  /** Where the file is loaded; its code begins {@link #HEADERS} bytes later. */
  public static final long BASE = 0x400000;

  public static final int HEADERS = 64 + 2 * 56;

  /** A writable segment of {@link #DATA_SIZE} bytes, zeroed. */
  public static final long DATA = 0x600000;

  public static final int DATA_SIZE = 0x4000;

  public static final int RAX = 0;
  public static final int RDX = 2;
  public static final int RSI = 6;
  public static final int RDI = 7;

  private static final int[] ARGUMENTS = {RDI, RSI, RDX, 10, 8, 9};

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Appends machine code. */
  public Code bytes(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  /** Address of the next instruction. */
  public long here() {
    return BASE + HEADERS + out.size();
  }

  /** MOV r64, imm64. */
  public Code mov(int register, long value) {
    bytes(0x48 | (register >> 3), 0xb8 | (register & 7));
    out.writeBytes(little(8).putLong(value).array());
    return this;
  }

  /** A system call with constant arguments. */
  public Code call(int number, long... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      mov(ARGUMENTS[i], arguments[i]);
    }
    return mov(RAX, number).bytes(0x0f, 0x05);
  }

  /** Copies RAX to another register, for the arguments of {@link #plainCall}. */
  public Code result(int register) {
    return bytes(0x48 | (register >> 3), 0x89, 0xc0 | (register & 7));
  }

  /** A system call with what the registers hold. */
  public Code plainCall(int number) {
    return mov(RAX, number).bytes(0x0f, 0x05);
  }

  /** exit_group with the low byte of RAX. */
  public Code exitWithResult() {
    return result(RDI).plainCall(231);
  }

  public Code exit(int status) {
    return call(231, status);
  }

  /** Runs {@code child} where RAX is 0 and goes on behind it otherwise. */
  public Code ifZero(Code child) {
    byte[] b = child.out.toByteArray();
    bytes(0x48, 0x85, 0xc0, 0x0f, 0x85);
    out.writeBytes(little(4).putInt(b.length).array());
    out.writeBytes(b);
    return this;
  }

  /** Jumps back. */
  public Code jump(long target) {
    bytes(0xe9);
    out.writeBytes(little(4).putInt((int) (target - here() - 4)).array());
    return this;
  }

  /** MOV EAX, [address]. */
  public Code load32(long address) {
    return bytes(0x8b, 0x04, 0x25).address(address);
  }

  /** MOV dword [address], imm32. */
  public Code store32(long address, int value) {
    bytes(0xc7, 0x04, 0x25).address(address);
    out.writeBytes(little(4).putInt(value).array());
    return this;
  }

  private Code address(long address) {
    out.writeBytes(little(4).putInt((int) address).array());
    return this;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A static ELF program of this code. */
  public byte[] elf() {
    byte[] code = out.toByteArray();
    int size = HEADERS + code.length;
    byte[] file = new byte[size];
    ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    b.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1);
    b.putLong(24, BASE + HEADERS).putLong(32, 64);
    b.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 2);
    segment(b, 64, 5, 0, BASE, size, size);
    segment(b, 120, 6, 0, DATA, 0, DATA_SIZE);
    b.position(HEADERS).put(code);
    return file;
  }

  private static void segment(
      ByteBuffer b, int at, int flags, long offset, long address, long fileSize, long memorySize) {
    b.putInt(at, 1).putInt(at + 4, flags).putLong(at + 8, offset).putLong(at + 16, address);
    b.putLong(at + 24, address).putLong(at + 32, fileSize).putLong(at + 40, memorySize);
    b.putLong(at + 48, 4096);
  }
}
