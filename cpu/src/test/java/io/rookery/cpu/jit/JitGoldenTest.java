package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The code of a few dozen blocks, to be read in review. After a wanted change: run with {@code
 * -Drookery.golden=write} and look at the difference.
 */
class JitGoldenTest {
  private static final long RIP = 0x40_0000;
  private static final Path FILE = Path.of("src/test/resources/io/rookery/cpu/jit/golden.txt");

  @Test
  void blocksBecomeTheCodeInTheFile() throws IOException {
    List<String> listings = new ArrayList<>();
    for (String line : resource("blocks.txt")) {
      if (!line.startsWith("#")) {
        String[] fields = line.split(" \\| ", -1);
        listings.add(fields[0] + ": " + fields[2]);
        listings.addAll(listing(HexFormat.of().parseHex(fields[1])));
      }
    }
    if ("write".equals(System.getProperty("rookery.golden"))) {
      Files.write(FILE, listings);
    }
    assertEquals(String.join("\n", resource("golden.txt")), String.join("\n", listings));
  }

  private static List<String> resource(String name) throws IOException {
    try (var in = JitGoldenTest.class.getResourceAsStream(name)) {
      return new String(present(in).readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static <T> T present(T value) {
    assertNotNull(value);
    return value;
  }

  private static List<String> listing(byte[] bytes) {
    try (MemoryPool pool = new MemoryPool(16 << 20)) {
      AddressSpace space = pool.newAddressSpace(26, 1L << 47);
      try {
        int rights = Protection.READ | Protection.WRITE | Protection.EXEC;
        space.map(RIP, 0x1000, rights, MapFlags.PRIVATE, null, 0, null);
        space.write(RIP, bytes, 0, bytes.length);
        IrBuilder ir = new BlockLifter(64, CpuModel.X86_64_V3).lift(space, RIP);
        GuestBlock block = new GuestBlock(RIP, ir.code(), ir.origin());
        Region region =
            new RegionBuilder(rip -> null, 4000)
                .build(block, false, true, Style.BRANCHES, space.pages);
        UnitEmitter.Code code = UnitEmitter.emit(region, UnitFactory.MAX_METHOD);
        return Listing.of(present(code), region);
      } finally {
        space.release();
      }
    }
  }
}
