package io.rookery.benchmarks;

import io.rookery.Disks;
import io.rookery.Vm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * System calls of a guest, each in a loop of a small static program; and the start of programs and
 * of VMs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--sun-misc-unsafe-memory-access=allow",
      "--enable-native-access=ALL-UNNAMED",
      "-Xmx1g"
    })
public class KernelBenchmark {
  private static final int CALLS = 10_000;
  private static final int MAPPINGS = 1_000;
  private static final int FORKS = 100;
  private static final long ADDRESS = 0x400000;
  private static final int HEADERS = 64 + 56;

  /** {@code exit_group(0)} */
  private static final String EXIT = "b8e7000000 31ff 0f05";

  /** {@code mov ebx, CALLS; 1: getppid(); dec ebx; jnz 1b} */
  private static final String GETPPID = "bb10270000 b86e000000 0f05 ffcb 75f5" + EXIT;

  /** {@code pipe(); mov ebx, CALLS; 1: write(4096 bytes); read(4096 bytes); dec ebx; jnz 1b} */
  private static final String PIPE =
      "4881ec10100000 4889e7 b816000000 0f05 bb10270000 8b7c2404 488d742410 ba00100000 b801000000 0f05"
          + "8b3c24 488d742410 ba00100000 31c0 0f05 ffcb 75d6"
          + EXIT;

  /**
   * {@code mov ebx, MAPPINGS; 1: mmap(64 KiB); store to two of its pages; munmap(); dec ebx; jnz
   * 1b}
   */
  private static final String MMAP =
      "bbe8030000 b809000000 31ff be00000100 ba03000000 41ba22000000 49c7c0ffffffff 4531c9 0f05"
          + "c60001 c6800080000001 4889c7 be00000100 b80b000000 0f05 ffcb 75c0"
          + EXIT;

  /**
   * {@code mov ebx, FORKS; 1: fork(), the child: exit_group(0), the parent: wait4(); dec ebx; jnz
   * 1b}
   */
  private static final String FORK =
      "bb64000000 b839000000 0f05 85c0 7509"
          + EXIT
          + "89c7 31f6 31d2 4531d2 b83d000000 0f05 ffcb 75d8"
          + EXIT;

  private Path root;
  private Vm vm;

  /** Writes the programs and starts a VM. */
  @Setup
  public void start() throws IOException {
    root = Files.createTempDirectory("rookery-benchmark");
    program("exit", EXIT);
    program("getppid", GETPPID);
    program("pipe", PIPE);
    program("mmap", MMAP);
    program("fork", FORK);
    vm = newVm();
  }

  private Vm newVm() {
    return Vm.builder().disk(Disks.hostDirectory(root)).build();
  }

  /** An ELF file of one segment. */
  private void program(String name, String hex) throws IOException {
    byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
    int size = HEADERS + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    elf.putLong(ADDRESS + HEADERS).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5).putLong(0).putLong(ADDRESS).putLong(ADDRESS); // PT_LOAD, r-x
    elf.putLong(size).putLong(size).putLong(0x1000).put(code);
    Path file = Files.write(root.resolve(name), elf.array());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Frees everything. */
  @TearDown
  public void stop() throws IOException {
    vm.close();
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    }
  }

  private static void run(Vm vm, String program) throws IOException, InterruptedException {
    int status = vm.exec(program).waitFor();
    if (status != 0) {
      throw new IllegalStateException(program + ": " + status);
    }
  }

  /** getppid(2). */
  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void systemCall() throws Exception {
    run(vm, "/getppid");
  }

  /** 4 KiB into a pipe and out of it. */
  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void pipe() throws Exception {
    run(vm, "/pipe");
  }

  /** mmap(2) of 64 KiB, two pages of it touched, munmap(2). */
  @Benchmark
  @OperationsPerInvocation(MAPPINGS)
  public void mmap() throws Exception {
    run(vm, "/mmap");
  }

  /** fork(2), exit of the child, wait4(2). */
  @Benchmark
  @OperationsPerInvocation(FORKS)
  public void fork() throws Exception {
    run(vm, "/fork");
  }

  /** {@link Vm#exec} of a static program to its end. */
  @Benchmark
  public void exec() throws Exception {
    run(vm, "/exit");
  }

  /** A VM from its building to its end, with that program. */
  @Benchmark
  public void machine() throws Exception {
    try (Vm another = newVm()) {
      run(another, "/exit");
    }
  }
}
