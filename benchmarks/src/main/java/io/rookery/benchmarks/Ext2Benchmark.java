package io.rookery.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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

/** The file system on a device in memory, without a VM. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class Ext2Benchmark {
  private static final long DEVICE_BYTES = 256 << 20;
  private static final int FILE_MIB = 64;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int PAGE_BYTES = 4096;
  private static final int FILES = 1000;
  private static final int MODE = 0100644;

  private final SplittableRandom random = new SplittableRandom(1);
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private BlockDevice device;
  private Ext2FileSystem fs;
  private Ext2Inode file;

  /** Makes a file system with a file. */
  @Setup
  public void start() throws IOException {
    device = BlockDevices.memory(DEVICE_BYTES);
    Ext2.format(device, FormatOptions.defaults());
    fs = Ext2FileSystem.open(device, MountOptions.readWrite());
    file = fs.create(fs.root(), "file".getBytes(US_ASCII), MODE, 0, 0);
    sequentialWrite();
  }

  /** Frees everything. */
  @TearDown
  public void stop() throws IOException {
    fs.close();
    device.close();
  }

  /** 1 MiB of a file written anew, one after the other. */
  @Benchmark
  @OperationsPerInvocation(FILE_MIB)
  public void sequentialWrite() throws IOException {
    for (int i = 0; i < FILE_MIB; i++) {
      buffer.clear();
      fs.write(file, (long) i * BUFFER_BYTES, buffer);
    }
  }

  /** 1 MiB of a file read, one after the other. */
  @Benchmark
  @OperationsPerInvocation(FILE_MIB)
  public void sequentialRead() throws IOException {
    for (int i = 0; i < FILE_MIB; i++) {
      buffer.clear();
      fs.read(file, (long) i * BUFFER_BYTES, buffer);
    }
  }

  /** 4 KiB read anywhere in a file. */
  @Benchmark
  public int randomRead() throws IOException {
    buffer.clear().limit(PAGE_BYTES);
    return fs.read(file, page(), buffer);
  }

  /** 4 KiB written anywhere in a file. */
  @Benchmark
  public int randomWrite() throws IOException {
    buffer.clear().limit(PAGE_BYTES);
    return fs.write(file, page(), buffer);
  }

  private long page() {
    return (long) random.nextInt(FILE_MIB * (BUFFER_BYTES / PAGE_BYTES)) * PAGE_BYTES;
  }

  /** A file made in a directory of a thousand, with 100 bytes, and removed. */
  @Benchmark
  @OperationsPerInvocation(FILES)
  public void smallFiles() throws IOException {
    Ext2Inode directory = fs.mkdir(fs.root(), "d".getBytes(US_ASCII), 0755, 0, 0);
    for (int i = 0; i < FILES; i++) {
      Ext2Inode small = fs.create(directory, name(i), MODE, 0, 0);
      buffer.clear().limit(100);
      fs.write(small, 0, buffer);
    }
    for (int i = 0; i < FILES; i++) {
      fs.unlink(directory, name(i));
    }
    fs.rmdir(fs.root(), "d".getBytes(US_ASCII));
  }

  private static byte[] name(int i) {
    return ("name" + i).getBytes(US_ASCII);
  }
}
