package io.rookery.linux.elf;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;

/**
 * The header and program headers of an x86 ELF file of either class (elf(5)). Everything in it
 * comes from the file and may be hostile; what is read here is bounded, what it says is checked
 * where it is used.
 */
record ElfHeader(
    Machine machine, int type, long entry, long programHeaderOffset, List<ProgramHeader> segments) {
  static final int ET_EXEC = 2;
  static final int ET_DYN = 3;

  static final int PT_LOAD = 1;
  static final int PT_DYNAMIC = 2;
  static final int PT_INTERP = 3;
  static final int PT_GNU_STACK = 0x6474e551;

  static final int PF_X = 1;
  static final int PF_W = 2;
  static final int PF_R = 4;

  private static final int HEADER_SIZE = 64;
  private static final int MAGIC = 0x464c457f;
  private static final int MOST_TABLE_BYTES = 65536;
  private static final int EI_CLASS = 4;
  private static final int E_TYPE = 16;
  private static final int E_MACHINE = 18;

  /** What a file's code is for: its class and architecture, with the offsets in Elf64 or Elf32. */
  enum Machine {
    X86_64(2, 62, 56, 24, 32, 54),
    I386(1, 3, 32, 24, 28, 42);

    private final int elfClass;
    private final int number;

    /** sizeof(Elf64_Phdr) or sizeof(Elf32_Phdr). */
    final int programHeaderSize;

    private final int entryAt;
    private final int tableAt;
    private final int entrySizeAt;

    Machine(int elfClass, int number, int programHeaderSize, int entryAt, int tableAt, int sizeAt) {
      this.elfClass = elfClass;
      this.number = number;
      this.programHeaderSize = programHeaderSize;
      this.entryAt = entryAt;
      this.tableAt = tableAt;
      this.entrySizeAt = sizeAt;
    }

    private static Machine of(byte[] header, Errno bad) {
      for (Machine m : values()) {
        if (header[EI_CLASS] == m.elfClass
            && Bytes.getShort(header, E_MACHINE) == m.number
            && Bytes.getShort(header, m.entrySizeAt) == m.programHeaderSize) {
          return m;
        }
      }
      throw bad.exception();
    }

    /** Reads a number as wide as an address. */
    private long address(byte[] b, int at) {
      return this == X86_64 ? Bytes.getLong(b, at) : Bytes.getInt(b, at) & 0xffffffffL;
    }

    private ProgramHeader programHeader(byte[] b, int at) {
      if (this == I386) {
        return new ProgramHeader(
            Bytes.getInt(b, at),
            Bytes.getInt(b, at + 24),
            address(b, at + 4),
            address(b, at + 8),
            address(b, at + 16),
            address(b, at + 20),
            address(b, at + 28));
      }
      return new ProgramHeader(
          Bytes.getInt(b, at),
          Bytes.getInt(b, at + 4),
          Bytes.getLong(b, at + 8),
          Bytes.getLong(b, at + 16),
          Bytes.getLong(b, at + 32),
          Bytes.getLong(b, at + 40),
          Bytes.getLong(b, at + 48));
    }
  }

  /** One Elf64_Phdr or Elf32_Phdr. */
  record ProgramHeader(
      int type,
      int flags,
      long offset,
      long address,
      long fileSize,
      long memorySize,
      long alignment) {}

  static boolean isElf(byte[] start) {
    return start.length >= 4 && Bytes.getInt(start, 0) == MAGIC;
  }

  /**
   * Reads and checks the headers.
   *
   * @param bad the error for a file that is none of ours: ENOEXEC for a program, ELIBBAD for its
   *     interpreter
   */
  static ElfHeader read(Task task, FileDescription file, Errno bad) {
    byte[] h = new byte[HEADER_SIZE];
    if (readFully(task, file, h, 0) < HEADER_SIZE || !isElf(h)) {
      throw bad.exception();
    }
    Machine machine = Machine.of(h, bad);
    int entrySize = machine.programHeaderSize;
    int type = Bytes.getShort(h, E_TYPE);
    int count = Bytes.getShort(h, machine.entrySizeAt + 2) & 0xffff;
    long offset = machine.address(h, machine.tableAt);
    if ((type != ET_EXEC && type != ET_DYN)
        || count < 1
        || count > MOST_TABLE_BYTES / entrySize
        || offset < 0) {
      throw bad.exception();
    }
    byte[] table = new byte[count * entrySize];
    if (readFully(task, file, table, offset) < table.length) {
      throw bad.exception();
    }
    List<ProgramHeader> segments = new ArrayList<>(count);
    for (int at = 0; at < table.length; at += entrySize) {
      segments.add(machine.programHeader(table, at));
    }
    return new ElfHeader(
        machine, type, machine.address(h, machine.entryAt), offset, List.copyOf(segments));
  }

  /** Reads as much as the file has; an offset beyond what files can have counts as its end. */
  static int readFully(Task task, FileDescription file, byte[] target, long offset) {
    int done = 0;
    try {
      while (done < target.length) {
        int n = file.pread(task, target, done, target.length - done, offset + done);
        if (n <= 0) {
          break;
        }
        done += n;
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
    }
    return done;
  }
}
