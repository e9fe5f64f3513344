package io.rookery.linux.elf;

import io.rookery.cpu.CpuFeature;
import io.rookery.cpu.CpuModel;
import io.rookery.linux.elf.ElfHeader.ProgramHeader;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.mm.MemoryDescriptor;
import io.rookery.linux.mm.MemoryLayout;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.VfsPath;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Protection;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads a program into a new address space, leaving the caller's as it is: nothing has happened
 * when it fails.
 */
public final class ProgramLoader {
  /** The longest single argument or environment string, its NUL included. */
  public static final int MOST_STRING = StackBuilder.MOST_STRING;

  private static final long PAGE = 4096;
  private static final long MOST_ARGUMENTS = 6L << 20; // 3/4 of the default stack limit
  private static final long LEAST_ARGUMENTS = 128L << 10;
  private static final int PATH_MAX = 4096;
  private static final long INITIAL_STACK = 128L << 10;

  /** In AT_HWCAP2: RDFSBASE and its like may be used. */
  private static final long HWCAP2_FSGSBASE = 2;

  private static final int CLOCK_TICKS = 100;
  private static final int SIGNAL_FRAME_BYTES = 2048;

  private ProgramLoader() {}

  /** A program to load, as execveat(2) names it. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Request(
      int dirfd, byte[] path, int flags, List<byte[]> arguments, List<byte[]> environment) {}

  /**
   * A loaded program.
   *
   * @param memory held once by whoever gets this
   * @param longMode whether it is a 64-bit program
   * @param credentials after set-id bits were honoured
   * @param name what the command is called
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Loaded(
      MemoryDescriptor memory,
      boolean longMode,
      long entry,
      long stackPointer,
      Credentials credentials,
      boolean secure,
      byte[] name) {}

  /**
   * Loads a program.
   *
   * @throws io.rookery.linux.errno.ErrnoException as execve(2) fails
   */
  public static Loaded load(Task task, Request q) {
    byte[] shown = shownPath(q);
    List<byte[]> arguments = q.arguments.isEmpty() ? List.of(new byte[0]) : q.arguments;
    ProgramFile program = ProgramFile.open(task, q.dirfd, q.path, q.flags, shown, arguments);
    FileDescription interpreter = null;
    AddressSpace space = null;
    try {
      long stackLimit = task.process().limits().softAtMost(Resource.STACK, 1L << 40);
      StackBuilder.checkSize(
          program.arguments(),
          q.environment,
          Math.max(LEAST_ARGUMENTS, Math.min(stackLimit / 4, MOST_ARGUMENTS)));
      ElfHeader elf = ElfHeader.read(task, program.file(), Errno.ENOEXEC);
      interpreter = openInterpreter(task, elf, program.file());
      ElfHeader interpreterElf =
          interpreter == null ? null : ElfHeader.read(task, interpreter, Errno.ELIBBAD);
      if (interpreterElf != null && interpreterElf.machine() != elf.machine()) {
        throw Errno.ELIBBAD.exception();
      }
      space =
          elf.machine() == ElfHeader.Machine.X86_64
              ? task.kernel().memory().newAddressSpace()
              : task.kernel()
                  .memory()
                  .newAddressSpace(MemoryLayout.WINDOW_BITS_32, MemoryLayout.LIMIT_32);
      Loaded loaded =
          new Image(task, q, shown, program, space, layout(task, elf, program.file(), space))
              .build(elf, interpreter, interpreterElf, stackLimit);
      space = null;
      return loaded;
    } finally {
      program.file().release();
      if (interpreter != null) {
        interpreter.release();
      }
      if (space != null) {
        space.release();
      }
    }
  }

  private static byte[] shownPath(Request q) {
    if ((q.path.length > 0 && q.path[0] == '/') || q.dirfd == OpenFlags.AT_FDCWD) {
      return q.path;
    }
    String prefix = "/dev/fd/" + q.dirfd + (q.path.length > 0 ? "/" : "");
    byte[] p = prefix.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(p, p.length + q.path.length);
    System.arraycopy(q.path, 0, all, p.length, q.path.length);
    return all;
  }

  private static @Nullable FileDescription openInterpreter(
      Task task, ElfHeader elf, FileDescription file) {
    for (ProgramHeader s : elf.segments()) {
      if (s.type() == ElfHeader.PT_INTERP) {
        if (s.fileSize() < 2 || s.fileSize() > PATH_MAX || s.offset() < 0) {
          throw Errno.ENOEXEC.exception();
        }
        byte[] path = new byte[(int) s.fileSize()];
        if (ElfHeader.readFully(task, file, path, s.offset()) < path.length) {
          throw Errno.EIO.exception();
        }
        if (path[path.length - 1] != 0) {
          throw Errno.ENOEXEC.exception();
        }
        int end = 0;
        while (path[end] != 0) {
          end++;
        }
        FileDescription d =
            task.kernel().vfs().openForExec(task, OpenFlags.AT_FDCWD, Arrays.copyOf(path, end), 0);
        d.retain();
        return d;
      }
    }
    return null;
  }

  private static MemoryLayout layout(
      Task task, ElfHeader elf, FileDescription file, AddressSpace space) {
    long window = space.pages * PAGE;
    if (space.addressLimit() == MemoryLayout.LIMIT_32) {
      return MemoryLayout.of32(window);
    }
    return SanitizedProgram.is(task, elf, file)
        ? MemoryLayout.BELOW_SHADOW
        : MemoryLayout.of(window);
  }

  /** One image in the making. */
  private static final class Image {
    private final Task task;
    private final Request request;
    private final byte[] shown;
    private final ProgramFile program;
    private final AddressSpace space;
    private final MemoryLayout layout;

    Image(
        Task task,
        Request request,
        byte[] shown,
        ProgramFile program,
        AddressSpace space,
        MemoryLayout layout) {
      this.task = task;
      this.request = request;
      this.shown = shown;
      this.program = program;
      this.space = space;
      this.layout = layout;
    }

    Loaded build(
        ElfHeader elf,
        @Nullable FileDescription interpreter,
        @Nullable ElfHeader interpreterElf,
        long stackLimit) {
      space.setMappingBase(layout.mappingBase(stackLimit));
      space.setStackLimit(Math.min(stackLimit, MemoryLayout.STACK_MAXIMUM));
      SegmentMapper mapper = new SegmentMapper(space, layout, task.kernel().imageAddresses());
      SegmentMapper.Image main = mapper.map(elf, program.file());
      long entry = elf.entry() + main.bias();
      long start = entry;
      long base = 0;
      if (interpreter != null && interpreterElf != null) {
        SegmentMapper.Image i = mapper.map(interpreterElf, interpreter);
        start = interpreterElf.entry() + i.bias();
        base = i.start();
      }
      if (start < 0 || start >= space.addressLimit()) {
        throw Errno.EINVAL.exception();
      }
      Credentials credentials = credentials();
      boolean secure =
          credentials.uid() != credentials.euid() || credentials.gid() != credentials.egid();
      StackBuilder.Stack stack = stack(elf, main, entry, base, credentials, secure);
      mapStack(stack, isStackExecutable(elf));
      if (elf.machine() == ElfHeader.Machine.I386) {
        Trampolines32.map(space);
      }
      long brk =
          elf.type() == ElfHeader.ET_EXEC ? SegmentMapper.roundUp(main.end()) : layout.heap();
      MemoryDescriptor memory =
          new MemoryDescriptor(
              space,
              layout,
              brk,
              new MemoryDescriptor.ProgramInfo(
                  main.codeStart(),
                  main.codeEnd(),
                  main.dataStart(),
                  main.dataEnd(),
                  stack.pointer(),
                  stack.argStart(),
                  stack.argEnd(),
                  stack.envStart(),
                  stack.envEnd(),
                  stack.auxv()),
              program.file());
      return new Loaded(
          memory,
          elf.machine() == ElfHeader.Machine.X86_64,
          start,
          stack.pointer(),
          credentials,
          secure,
          baseName(shown));
    }

    private StackBuilder.Stack stack(
        ElfHeader elf,
        SegmentMapper.Image main,
        long entry,
        long base,
        Credentials c,
        boolean secure) {
      byte[] random = new byte[16];
      task.kernel().random().nextBytes(random);
      CpuModel model = task.kernel().engine().model();
      return new StackBuilder(layout.stackTop() - PAGE, elf.machine())
          .put(StackBuilder.AT_MINSIGSTKSZ, SIGNAL_FRAME_BYTES)
          .put(StackBuilder.AT_HWCAP, CpuFeature.Word.LEAF_1_EDX.of(model) & 0xffffffffL)
          .put(StackBuilder.AT_PAGESZ, PAGE)
          .put(StackBuilder.AT_CLKTCK, CLOCK_TICKS)
          .put(StackBuilder.AT_PHDR, headerAddress(elf) + main.bias())
          .put(StackBuilder.AT_PHENT, elf.machine().programHeaderSize)
          .put(StackBuilder.AT_PHNUM, elf.segments().size())
          .put(StackBuilder.AT_BASE, base)
          .put(StackBuilder.AT_FLAGS, 0)
          .put(StackBuilder.AT_ENTRY, entry)
          .put(StackBuilder.AT_UID, c.uid())
          .put(StackBuilder.AT_EUID, c.euid())
          .put(StackBuilder.AT_GID, c.gid())
          .put(StackBuilder.AT_EGID, c.egid())
          .put(StackBuilder.AT_SECURE, secure ? 1 : 0)
          .put(
              StackBuilder.AT_HWCAP2,
              model.features().contains(CpuFeature.FSGSBASE) ? HWCAP2_FSGSBASE : 0)
          .build(program.arguments(), request.environment, shown, random);
    }

    /** Where the segment that holds the program headers has them, before relocation. */
    private static long headerAddress(ElfHeader elf) {
      long offset = elf.programHeaderOffset();
      for (ProgramHeader s : elf.segments()) {
        if (s.type() == ElfHeader.PT_LOAD
            && s.offset() <= offset
            && offset - s.offset() < s.fileSize()) {
          return offset - s.offset() + s.address();
        }
      }
      return offset;
    }

    /** As the file says; where it says nothing, 32-bit programs are taken for old ones. */
    private static boolean isStackExecutable(ElfHeader elf) {
      for (ProgramHeader s : elf.segments()) {
        if (s.type() == ElfHeader.PT_GNU_STACK) {
          return (s.flags() & ElfHeader.PF_X) != 0;
        }
      }
      return elf.machine() == ElfHeader.Machine.I386;
    }

    private void mapStack(StackBuilder.Stack stack, boolean executable) {
      long top = layout.stackTop();
      long bottom = stack.pointer() - INITIAL_STACK & -PAGE;
      space.map(
          bottom,
          top - bottom,
          Protection.READ | Protection.WRITE | (executable ? Protection.EXEC : 0),
          MapFlags.PRIVATE | MapFlags.GROWSDOWN,
          null,
          0,
          "[stack]");
      space.write(stack.pointer(), stack.contents(), 0, stack.contents().length);
      // Accesses to a page are fast only while the next page is present too: the topmost one is not
      // used but for that.
      space.storeByte(top - PAGE, (byte) 0);
    }

    private Credentials credentials() {
      Credentials c = task.credentials();
      int uid = c.euid();
      int gid = c.egid();
      FileDescription file = program.file();
      VfsPath path = file.path();
      if (!task.noNewPrivileges() && path != null && !path.mount().has(Mount.MS_NOSUID)) {
        Stat s = file.inode().stat();
        if ((s.mode() & FileMode.S_ISUID) != 0) {
          uid = s.uid();
        }
        int setGid = FileMode.S_ISGID | FileMode.S_IXGRP;
        if ((s.mode() & setGid) == setGid) {
          gid = s.gid();
        }
      }
      return c.afterExec(uid, gid);
    }
  }

  private static byte[] baseName(byte[] path) {
    int from = path.length;
    while (from > 0 && path[from - 1] != '/') {
      from--;
    }
    return Arrays.copyOfRange(path, from, path.length);
  }
}
