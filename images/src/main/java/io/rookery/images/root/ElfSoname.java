package io.rookery.images.root;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Finds out what ld.so must know of a shared library: its architecture and its DT_SONAME. */
record ElfSoname(int machine, boolean is64, String soname) {
  private static final int MAGIC = 0x464C457F; // 0x7F 'E' 'L' 'F', little-endian
  private static final int ET_DYN = 3;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int DT_NULL = 0;
  private static final int DT_STRTAB = 5;
  private static final int DT_SONAME = 14;
  private static final int MAX_HEADERS = 1000;
  private static final int MAX_NAME = 255;

  /** Reads a little-endian shared object; empty if it is none. The soname may be empty. */
  static Optional<ElfSoname> read(byte[] file) {
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (elf.getInt(0) != MAGIC || elf.get(5) != 1 || elf.getShort(16) != ET_DYN) {
        return Optional.empty();
      }
      boolean is64 = elf.get(4) == 2;
      return Optional.of(new ElfSoname(elf.getShort(18) & 0xFFFF, is64, soname(elf, is64)));
    } catch (IndexOutOfBoundsException | BufferUnderflowException | ArithmeticException e) {
      return Optional.empty(); // cut off or damaged: ld.so would not load it either
    }
  }

  private static String soname(ByteBuffer elf, boolean is64) {
    long headers = is64 ? elf.getLong(32) : elf.getInt(28);
    int size = elf.getShort(is64 ? 54 : 42) & 0xFFFF;
    int count = Math.min(MAX_HEADERS, elf.getShort(is64 ? 56 : 44) & 0xFFFF);
    for (int i = 0; i < count; i++) {
      int at = Math.toIntExact(headers + (long) i * size);
      if (elf.getInt(at) == PT_DYNAMIC) {
        int offset = word(elf, is64, at + (is64 ? 8 : 4));
        int length = word(elf, is64, at + (is64 ? 32 : 16));
        return fromDynamic(elf, is64, offset, length, at - i * size, size, count);
      }
    }
    return "";
  }

  private static String fromDynamic(
      ByteBuffer elf, boolean is64, int offset, int length, int headers, int size, int count) {
    int step = is64 ? 16 : 8;
    long name = -1;
    long strings = -1;
    for (int at = offset; at < offset + length; at += step) {
      int tag = word(elf, is64, at);
      if (tag == DT_NULL) {
        break;
      } else if (tag == DT_SONAME) {
        name = word(elf, is64, at + step / 2);
      } else if (tag == DT_STRTAB) {
        strings = word(elf, is64, at + step / 2);
      }
    }
    if (name < 0 || strings < 0) {
      return "";
    }
    for (int i = 0; i < count; i++) {
      int at = headers + i * size;
      if (elf.getInt(at) == PT_LOAD) {
        long start = word(elf, is64, at + (is64 ? 16 : 8));
        long inFile = word(elf, is64, at + (is64 ? 32 : 16));
        if (strings >= start && strings < start + inFile) {
          long from = word(elf, is64, at + (is64 ? 8 : 4)) + (strings - start) + name;
          return text(elf, Math.toIntExact(from));
        }
      }
    }
    return "";
  }

  private static String text(ByteBuffer elf, int from) {
    int end = from;
    while (end - from <= MAX_NAME && elf.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - from];
    elf.get(from, name);
    return new String(name, StandardCharsets.UTF_8);
  }

  /** A word of the file's class that must be a place in the file. */
  private static int word(ByteBuffer elf, boolean is64, int at) {
    long value = is64 ? elf.getLong(at) : elf.getInt(at) & 0xFFFFFFFFL;
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IndexOutOfBoundsException("no place in a file: " + value);
    }
    return (int) value;
  }
}
