package io.rookery.linux.elf;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.elf.ElfHeader.ProgramHeader;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the programs that were built with AddressSanitizer: their code has it that the shadow of
 * address {@code a} is at {@code (a >> 3) + 0x7fff8000}, so nothing else may be mapped from there
 * to 0x10007fff8000, which is where everything lies otherwise.
 */
final class SanitizedProgram {
  private static final byte[] SYMBOL = "__asan_init".getBytes(StandardCharsets.US_ASCII);
  private static final int MOST_NAMES = 1 << 20;
  private static final int MOST_ENTRIES = 1 << 12;
  private static final int ENTRY_SIZE = 16;
  private static final int DT_NULL = 0;
  private static final int DT_STRTAB = 5;
  private static final int DT_STRSZ = 10;

  private SanitizedProgram() {}

  /** Whether the names of the dynamic symbols of a 64-bit program tell of AddressSanitizer. */
  static boolean is(Task task, ElfHeader elf, FileDescription file) {
    byte[] names = names(task, elf, file);
    return names != null && contains(names, SYMBOL);
  }

  private static byte @Nullable [] names(Task task, ElfHeader elf, FileDescription file) {
    for (ProgramHeader s : elf.segments()) {
      if (s.type() == ElfHeader.PT_DYNAMIC) {
        byte[] section =
            read(task, file, s.offset(), Math.min(s.fileSize(), MOST_ENTRIES * ENTRY_SIZE));
        long table = value(section, DT_STRTAB);
        long size = value(section, DT_STRSZ);
        for (ProgramHeader load : elf.segments()) {
          long from = table - load.address();
          if (load.type() == ElfHeader.PT_LOAD && from >= 0 && from < load.fileSize()) {
            long most = Math.min(MOST_NAMES, load.fileSize() - from);
            return read(task, file, load.offset() + from, Math.min(size, most));
          }
        }
      }
    }
    return null;
  }

  private static long value(byte[] section, int tag) {
    for (int at = 0; at + ENTRY_SIZE <= section.length; at += ENTRY_SIZE) {
      long t = Bytes.getLong(section, at);
      if (t == tag) {
        return Bytes.getLong(section, at + 8);
      }
      if (t == DT_NULL) {
        break;
      }
    }
    return 0;
  }

  /** As far as the file goes, and nothing where the file makes no sense. */
  private static byte[] read(Task task, FileDescription file, long offset, long size) {
    byte[] b = new byte[(int) Math.max(0, size)];
    return offset >= 0 && ElfHeader.readFully(task, file, b, offset) == b.length ? b : new byte[0];
  }

  /** Looks at every eleventh byte or so (Horspool's algorithm): programs have many names. */
  private static boolean contains(byte[] text, byte[] word) {
    int last = word.length - 1;
    int[] shift = new int[256];
    Arrays.fill(shift, word.length);
    for (int i = 0; i < last; i++) {
      shift[word[i] & 0xff] = last - i;
    }
    for (int end = last; end < text.length; end += shift[text[end] & 0xff]) {
      int i = 0;
      while (i <= last && text[end - i] == word[last - i]) {
        i++;
      }
      if (i > last) {
        return true;
      }
    }
    return false;
  }
}
