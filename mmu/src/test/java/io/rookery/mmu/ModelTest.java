package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Random sequences of mapping calls, accesses, forks and exits on a family of address spaces, held
 * against arrays of bytes. Two regions, one inside and one outside the window.
 */
class ModelTest {
  private static final int REGION_PAGES = 24;
  private static final long INSIDE = 0x40_0000;
  private static final long OUTSIDE = 1L << 46;
  private static final int FILE_PAGES = 8;
  private static final int MAX_SPACES = 6;

  /** One page as a simple machine would keep it. */
  private static final class ModelPage {
    boolean mapped;
    int protection;
    byte[] bytes;
    boolean file;
    int filePage;
    boolean shared;
    boolean modified;

    /** An unmodified page of a private file mapping may show later changes of the file. */
    boolean rereadable() {
      return file && !modified;
    }

    ModelPage copy() {
      ModelPage p = new ModelPage();
      p.mapped = mapped;
      p.protection = protection;
      p.bytes = bytes == null || rereadable() ? null : bytes.clone();
      p.file = file;
      p.filePage = filePage;
      p.shared = shared;
      p.modified = modified;
      return p;
    }
  }

  private static final class Member {
    final AddressSpace space;
    final ModelPage[] pages;

    Member(AddressSpace space, ModelPage[] pages) {
      this.space = space;
      this.pages = pages;
    }
  }

  private final byte[][] fileBytes = new byte[FILE_PAGES][4096];
  private MemoryPool pool;
  private FakeFile file;
  private Random random;
  private List<Member> processes;

  @Property(tries = 150)
  void behavesLikeArrays(@ForAll long seed, @ForAll @IntRange(min = 50, max = 400) int steps) {
    random = new Random(seed);
    pool = new MemoryPool(64 << 20);
    file = new FakeFile(pool, FILE_PAGES * PAGE);
    for (byte[] page : fileBytes) {
      java.util.Arrays.fill(page, (byte) 0);
    }
    processes = new ArrayList<>();
    ModelPage[] empty = new ModelPage[2 * REGION_PAGES];
    java.util.Arrays.setAll(empty, i -> new ModelPage());
    processes.add(new Member(pool.newAddressSpace(26, AddressSpace.USER_LIMIT), empty));
    for (int i = 0; i < steps && !processes.isEmpty(); i++) {
      step(processes.get(random.nextInt(processes.size())));
    }
    processes.forEach(this::compareAll);
    processes.forEach(p -> p.space.release());
    assertEquals(0, file.pins);
    assertEquals(0, file.mappedPages);
    file.close();
    assertEquals(0, pool.usedBytes());
    pool.close();
  }

  private void step(Member p) {
    int page = random.nextInt(2 * REGION_PAGES);
    int region = page / REGION_PAGES;
    int length = 1 + random.nextInt((region + 1) * REGION_PAGES - page);
    if (length > 4) {
      length = 1 + length % 4;
    }
    switch (random.nextInt(20)) {
      case 0, 1, 2 -> map(p, page, length);
      case 3 -> unmap(p, page, length);
      case 4, 5 -> protect(p, page, length);
      case 6 -> discard(p, page, length);
      case 7 -> remap(p, page, length);
      case 8 -> fork(p);
      case 9 -> exit(p);
      case 10 -> code(p, page);
      default -> access(p, page);
    }
    compareTables(p);
  }

  /** Granules grant what their pages do, and beyond them what the next ones do too. */
  private static void compareTables(Member p) {
    long base = p.space.base;
    long granules = p.space.pages * DirectAccess.GRANULES_PER_PAGE;
    for (int page = 0; page < p.pages.length; page++) {
      int here = rights(p.space, address(page));
      for (int i = 0; i < DirectAccess.GRANULES_PER_PAGE; i++) {
        long at = address(page) + (long) i * DirectAccess.GRANULE;
        int next = rights(p.space, at + DirectAccess.GRANULE);
        int expected = here | (here & next) * DirectAccess.AND_BEYOND;
        assertEquals(expected, DirectAccess.reaches(at + i, 0xff, base, granules));
        int both = here & rights(p.space, at + 4095);
        assertEquals(both, DirectAccess.reaches(at, at + 4095, 3, base, granules));
      }
    }
  }

  private static int rights(AddressSpace space, long address) {
    return DirectAccess.granted(
        address, DirectAccess.READ | DirectAccess.WRITE, space.perms, space.pages);
  }

  private static long address(int page) {
    return page < REGION_PAGES ? INSIDE + page * PAGE : OUTSIDE + (page - REGION_PAGES) * PAGE;
  }

  private int protection() {
    return random.nextInt(4) == 0 ? random.nextInt(8) : Guest.RW;
  }

  private void map(Member p, int page, int length) {
    boolean withFile = random.nextInt(3) == 0;
    boolean shared = withFile && random.nextBoolean();
    int filePage = random.nextInt(FILE_PAGES);
    int protection = protection();
    p.space.map(
        address(page),
        length * PAGE,
        protection,
        shared ? MapFlags.SHARED : MapFlags.PRIVATE,
        withFile ? file : null,
        withFile ? filePage * PAGE : 0,
        null);
    for (int i = 0; i < length; i++) {
      ModelPage m = new ModelPage();
      m.mapped = true;
      m.protection = protection;
      m.file = withFile;
      m.filePage = filePage + i;
      m.shared = shared;
      p.pages[page + i] = m;
    }
  }

  private void unmap(Member p, int page, int length) {
    p.space.unmap(address(page), length * PAGE);
    for (int i = 0; i < length; i++) {
      p.pages[page + i] = new ModelPage();
    }
  }

  private void protect(Member p, int page, int length) {
    int protection = protection();
    boolean hole = false;
    for (int i = 0; i < length && !hole; i++) {
      hole = !p.pages[page + i].mapped;
      if (!hole) {
        p.pages[page + i].protection = protection;
      }
    }
    try {
      p.space.protect(address(page), length * PAGE, protection);
      assertEquals(false, hole);
    } catch (MappingException e) {
      assertEquals(MappingException.Reason.NOT_MAPPED, e.reason());
      assertEquals(true, hole);
    }
  }

  private void discard(Member p, int page, int length) {
    boolean hole = false;
    for (int i = 0; i < length; i++) {
      ModelPage m = p.pages[page + i];
      hole |= !m.mapped;
      m.bytes = null;
      m.modified = false;
    }
    try {
      p.space.discard(address(page), length * PAGE);
      assertEquals(false, hole);
    } catch (MappingException e) {
      assertEquals(true, hole);
    }
  }

  private void remap(Member p, int page, int length) {
    int target = random.nextInt(2 * REGION_PAGES - length + 1);
    boolean crosses = target < REGION_PAGES && target + length > REGION_PAGES;
    boolean overlaps = target < page + length && page < target + length;
    if (crosses || overlaps || !sameMapping(p, page, length)) {
      return;
    }
    int flags = MapFlags.REMAP_MAYMOVE | MapFlags.REMAP_FIXED;
    p.space.remap(address(page), length * PAGE, length * PAGE, flags, address(target));
    for (int i = 0; i < length; i++) {
      p.pages[target + i] = p.pages[page + i];
      p.pages[page + i] = new ModelPage();
    }
  }

  private static boolean sameMapping(Member p, int page, int length) {
    Mapping whole = p.space.mappingAt(address(page));
    return whole != null && whole.end() >= address(page) + length * PAGE;
  }

  private void fork(Member p) {
    if (processes.size() >= MAX_SPACES) {
      return;
    }
    AddressSpace child = p.space.fork();
    ModelPage[] copy = new ModelPage[p.pages.length];
    java.util.Arrays.setAll(copy, i -> p.pages[i].copy());
    processes.add(new Member(child, copy));
  }

  private void exit(Member p) {
    if (processes.size() > 1) {
      compareAll(p);
      p.space.release();
      processes.remove(p);
    }
  }

  private void code(Member p, int page) {
    try {
      p.space.fetch(address(page), new byte[1], 1);
      p.space.markCode(address(page));
      if (random.nextBoolean()) {
        p.space.clearCode(address(page));
      }
      touch(p.pages[page]);
    } catch (MemoryFault refused) {
      ModelPage m = p.pages[page];
      boolean beyond = m.file && m.filePage >= FILE_PAGES;
      assertEquals(true, beyond || (m.protection & Protection.EXEC) == 0);
    }
  }

  /** A private file page is read at its first touch. */
  private void touch(ModelPage m) {
    if (m.file && !m.shared && m.bytes == null) {
      m.bytes = fileBytes[m.filePage].clone();
    } else if (m.bytes == null && !m.file) {
      m.bytes = new byte[4096];
    }
  }

  private MemoryFault.Kind expectedFault(ModelPage m, boolean write) {
    if (!m.mapped) {
      return MemoryFault.Kind.MAPERR;
    }
    boolean allowed = write ? (m.protection & Protection.WRITE) != 0 : m.protection != 0;
    if (!allowed) {
      return MemoryFault.Kind.ACCERR;
    }
    return m.file && m.filePage >= FILE_PAGES ? MemoryFault.Kind.BUS : null;
  }

  private byte[] bytes(ModelPage m) {
    touch(m);
    return m.file && m.shared ? fileBytes[m.filePage] : m.bytes;
  }

  private void access(Member p, int page) {
    int size = 1 << random.nextInt(4);
    int offset =
        random.nextInt(3) == 0 ? 4096 - random.nextInt(size + 1) : random.nextInt(4096 - 8);
    offset = Math.min(offset, 4095);
    boolean write = random.nextBoolean();
    long at = address(page) + offset;
    int inFirst = Math.min(size, 4096 - offset);
    boolean last = page % REGION_PAGES == REGION_PAGES - 1;
    ModelPage first = p.pages[page];
    ModelPage second = inFirst == size ? first : last ? new ModelPage() : p.pages[page + 1];
    MemoryFault.Kind expected = expectedFault(first, write);
    long faultAt = at;
    if (expected == null && inFirst < size) {
      touch(first);
      first.modified |= write;
      expected = expectedFault(second, write);
      faultAt = at + inFirst;
    }
    if (expected == null) {
      touch(second);
    }
    long value = random.nextLong();
    AddressSpace s = p.space;
    try {
      if (write) {
        switch (size) {
          case 1 -> Guest.store8(s, at, value);
          case 2 -> Guest.store16(s, at, value);
          case 4 -> Guest.store32(s, at, value);
          default -> Guest.store64(s, at, value);
        }
        assertEquals(null, expected);
        for (int i = 0; i < size; i++) {
          ModelPage target = i < inFirst ? first : second;
          byte[] to = bytes(target);
          target.modified = true;
          to[(offset + i) & 4095] = (byte) (value >>> (8 * i));
        }
      } else {
        long got =
            switch (size) {
              case 1 -> Guest.load8(s, at);
              case 2 -> Guest.load16(s, at);
              case 4 -> Guest.load32(s, at);
              default -> Guest.load64(s, at);
            };
        assertEquals(null, expected);
        long wanted = 0;
        for (int i = size - 1; i >= 0; i--) {
          byte[] from = bytes(i < inFirst ? first : second);
          wanted = (wanted << 8) | (from[(offset + i) & 4095] & 0xff);
        }
        assertEquals(wanted, got);
      }
    } catch (MemoryFault fault) {
      assertEquals(expected, fault.kind());
      assertEquals(faultAt, fault.address());
      assertEquals(write, fault.write());
    }
  }

  /** What was never touched may be read from the file now, as on Linux; all else is compared. */
  private void compareAll(Member p) {
    byte[] got = new byte[4096];
    for (int page = 0; page < p.pages.length; page++) {
      ModelPage m = p.pages[page];
      MemoryFault.Kind expected = expectedFault(m, false);
      try {
        p.space.read(address(page), got, 0, 4096);
        assertEquals(null, expected);
        org.junit.jupiter.api.Assertions.assertArrayEquals(bytes(m), got);
      } catch (MemoryFault fault) {
        assertEquals(expected, fault.kind());
      }
    }
  }
}
