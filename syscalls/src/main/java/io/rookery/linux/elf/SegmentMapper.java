package io.rookery.linux.elf;

import io.rookery.linux.elf.ElfHeader.ProgramHeader;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.mm.ImageAddresses;
import io.rookery.linux.mm.MemoryLayout;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryFault;
import io.rookery.mmu.PageSource;
import io.rookery.mmu.Protection;
import org.jspecify.annotations.Nullable;

/** Maps the loadable segments of one ELF file into an address space that nobody runs in yet. */
final class SegmentMapper {
  private static final long PAGE = 4096;

  private final AddressSpace space;
  private final MemoryLayout layout;
  private final ImageAddresses addresses;

  /**
   * Where a file has come to lie.
   *
   * @param bias what was added to the addresses in the file
   * @param end behind its last byte of memory
   */
  record Image(
      long bias,
      long codeStart,
      long codeEnd,
      long dataStart,
      long dataEnd,
      long start,
      long end) {}

  SegmentMapper(AddressSpace space, MemoryLayout layout, ImageAddresses addresses) {
    this.space = space;
    this.layout = layout;
    this.addresses = addresses;
  }

  /**
   * Maps all segments.
   *
   * @throws io.rookery.linux.errno.ErrnoException EINVAL, ENOMEM, ENODEV, EPERM for files that ask
   *     for the impossible
   */
  Image map(ElfHeader elf, FileDescription file) {
    PageSource pages = file.pages();
    if (pages == null) {
      throw Errno.ENODEV.exception();
    }
    long limit = space.addressLimit();
    long low = Long.MAX_VALUE;
    long high = 0;
    long alignment = PAGE;
    for (ProgramHeader s : elf.segments()) {
      if (s.type() == ElfHeader.PT_LOAD) {
        check(s, limit);
        low = Math.min(low, s.address() & -PAGE);
        high = Math.max(high, s.address() + s.memorySize());
        if (Long.bitCount(s.alignment()) == 1 && s.alignment() > 0) {
          alignment = Math.max(alignment, s.alignment());
        }
      }
    }
    if (high == 0) {
      throw Errno.EINVAL.exception();
    }
    long bias = 0;
    if (elf.type() == ElfHeader.ET_DYN) {
      bias = base(pages, roundUp(high) - low, alignment) - low;
    } else if (low < MemoryLayout.LOWEST) {
      throw Errno.EPERM.exception();
    }
    return mapAll(elf, file, pages, bias);
  }

  private static void check(ProgramHeader s, long limit) {
    if (s.fileSize() < 0
        || s.memorySize() < 0
        || s.fileSize() > s.memorySize()
        || s.address() < 0
        || s.memorySize() > limit
        || s.address() > limit - s.memorySize()
        || s.offset() < 0
        || s.offset() > Long.MAX_VALUE - s.fileSize() - PAGE
        || (s.offset() - s.address()) % PAGE != 0) {
      throw Errno.EINVAL.exception();
    }
  }

  private long base(PageSource pages, long length, long alignment) {
    long preferred = addresses.preferred(pages, length, alignment, layout);
    if (preferred != 0 && space.mappingAt(preferred) == null) {
      return preferred;
    }
    long padded = length + alignment;
    if (padded < length || padded > space.addressLimit()) {
      throw Errno.ENOMEM.exception();
    }
    return space.findFree(0, (padded + PAGE - 1) & -PAGE) + alignment - 1 & -alignment;
  }

  private Image mapAll(ElfHeader elf, FileDescription file, PageSource pages, long bias) {
    long codeStart = Long.MAX_VALUE;
    long codeEnd = 0;
    long dataStart = 0;
    long dataEnd = 0;
    long start = Long.MAX_VALUE;
    long end = 0;
    Object tag = file.path() != null ? file.path() : file.label();
    for (ProgramHeader s : elf.segments()) {
      if (s.type() != ElfHeader.PT_LOAD) {
        continue;
      }
      long address = s.address() + bias;
      mapOne(s, address, pages, tag);
      boolean code = (s.flags() & ElfHeader.PF_X) != 0;
      codeStart = code ? Math.min(codeStart, address) : codeStart;
      codeEnd = code ? Math.max(codeEnd, address + s.fileSize()) : codeEnd;
      dataStart = Math.max(dataStart, address);
      dataEnd = Math.max(dataEnd, address + s.fileSize());
      start = Math.min(start, address & -PAGE);
      end = Math.max(end, address + s.memorySize());
    }
    return new Image(
        bias, codeStart == Long.MAX_VALUE ? 0 : codeStart, codeEnd, dataStart, dataEnd, start, end);
  }

  private void mapOne(ProgramHeader s, long address, PageSource pages, @Nullable Object tag) {
    int protection = protection(s.flags());
    long from = address & -PAGE;
    long fileEnd = address + s.fileSize();
    long memoryEnd = roundUp(address + s.memorySize());
    long mapped = from;
    if (s.fileSize() > 0) {
      mapped = roundUp(fileEnd);
      long offset = s.offset() - (address - from);
      space.map(from, mapped - from, protection, MapFlags.PRIVATE, pages, offset, tag);
      if (s.memorySize() > s.fileSize() && (protection & Protection.WRITE) != 0) {
        clear(fileEnd, mapped);
      }
    }
    if (memoryEnd > mapped) {
      space.map(mapped, memoryEnd - mapped, protection, MapFlags.PRIVATE, null, 0, null);
    }
  }

  /** Zeroes the rest of the last file page, where the uninitialised data begins. */
  private void clear(long from, long to) {
    try {
      space.write(from, new byte[(int) (to - from)], 0, (int) (to - from));
    } catch (MemoryFault e) {
      throw (e.kind() == MemoryFault.Kind.OUT_OF_MEMORY ? Errno.ENOMEM : Errno.EFAULT).exception();
    }
  }

  private static int protection(int flags) {
    return ((flags & ElfHeader.PF_R) != 0 ? Protection.READ : 0)
        | ((flags & ElfHeader.PF_W) != 0 ? Protection.WRITE : 0)
        | ((flags & ElfHeader.PF_X) != 0 ? Protection.EXEC : 0);
  }

  static long roundUp(long address) {
    return (address + PAGE - 1) & -PAGE;
  }
}
