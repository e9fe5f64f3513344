package io.rookery.linux.elf;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;

/**
 * The header and program headers of a 64-bit x86 ELF file (elf(5)). Everything in it comes from the
 * file and may be hostile; what is read here is bounded, what it says is checked where it is used.
 */
record ElfHeader(int type, long entry, long programHeaderOffset, List<ProgramHeader> segments) {
  static final int ET_EXEC = 2;
  static final int ET_DYN = 3;

  static final int PT_LOAD = 1;
  static final int PT_INTERP = 3;
  static final int PT_GNU_STACK = 0x6474e551;

  static final int PF_X = 1;
  static final int PF_W = 2;
  static final int PF_R = 4;

  /** sizeof(Elf64_Phdr). */
  static final int PROGRAM_HEADER_SIZE = 56;

  private static final int HEADER_SIZE = 64;
  private static final int MAGIC = 0x464c457f;
  private static final int ELFCLASS64 = 2;
  private static final int EM_X86_64 = 62;
  private static final int MOST_SEGMENTS = 65536 / PROGRAM_HEADER_SIZE;

  // Offsets in Elf64_Ehdr.
  private static final int EI_CLASS = 4;
  private static final int E_TYPE = 16;
  private static final int E_MACHINE = 18;
  private static final int E_ENTRY = 24;
  private static final int E_PHOFF = 32;
  private static final int E_PHENTSIZE = 54;
  private static final int E_PHNUM = 56;

  /** One Elf64_Phdr. */
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
    if (readFully(task, file, h, 0) < HEADER_SIZE
        || !isElf(h)
        || h[EI_CLASS] != ELFCLASS64
        || Bytes.getShort(h, E_MACHINE) != EM_X86_64
        || Bytes.getShort(h, E_PHENTSIZE) != PROGRAM_HEADER_SIZE) {
      throw bad.exception();
    }
    int type = Bytes.getShort(h, E_TYPE);
    int count = Bytes.getShort(h, E_PHNUM) & 0xffff;
    long offset = Bytes.getLong(h, E_PHOFF);
    if ((type != ET_EXEC && type != ET_DYN) || count < 1 || count > MOST_SEGMENTS || offset < 0) {
      throw bad.exception();
    }
    byte[] table = new byte[count * PROGRAM_HEADER_SIZE];
    if (readFully(task, file, table, offset) < table.length) {
      throw bad.exception();
    }
    List<ProgramHeader> segments = new ArrayList<>(count);
    for (int at = 0; at < table.length; at += PROGRAM_HEADER_SIZE) {
      segments.add(
          new ProgramHeader(
              Bytes.getInt(table, at),
              Bytes.getInt(table, at + 4),
              Bytes.getLong(table, at + 8),
              Bytes.getLong(table, at + 16),
              Bytes.getLong(table, at + 32),
              Bytes.getLong(table, at + 40),
              Bytes.getLong(table, at + 48)));
    }
    return new ElfHeader(type, Bytes.getLong(h, E_ENTRY), offset, List.copyOf(segments));
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
