package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.testing.BlockDeviceContract;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FileBlockDeviceTest extends BlockDeviceContract {
  @Override
  protected BlockDevice open() throws IOException {
    return BlockDevices.createFile(folder.resolve("disk"), SIZE);
  }

  private Path disk() {
    return folder.resolve("disk");
  }

  @Test
  void oneWriterOrManyReaders() throws IOException {
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openFile(disk()));
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openFileReadOnly(disk()));
    Path other = folder.resolve("link");
    Files.createSymbolicLink(other, disk());
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openFile(other));
    device.write(7, ByteBuffer.wrap(random(10, 1)));
    device.close();
    try (BlockDevice first = BlockDevices.openFileReadOnly(disk())) {
      BlockDevices.openFileReadOnly(other).close();
      assertThrows(DeviceLockedException.class, () -> BlockDevices.openFile(disk()));
      assertArrayEquals(random(10, 1), read(first, 7, 10));
      assertThrows(ReadOnlyDeviceException.class, () -> first.write(0, ByteBuffer.allocate(1)));
    }
    BlockDevices.openFile(disk()).close();
  }

  @Test
  void otherProcessesAreKeptOut() throws IOException {
    assertEquals("locked", tryInChild());
    device.close();
    assertEquals("opened", tryInChild());
    try (BlockDevice _ = BlockDevices.openFileReadOnly(disk())) {
      BlockDevices.openFileReadOnly(disk()).close();
      assertEquals("locked", tryInChild());
    }
  }

  private String tryInChild() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                classPath(),
                OpenInChild.class.getName(),
                disk().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return said;
  }

  /** The folders of the classes and of the tests, whatever way the tests were started. */
  static String classPath() {
    return String.join(
        File.pathSeparator, folderOf(BlockDevices.class), folderOf(OpenInChild.class));
  }

  private static String folderOf(Class<?> type) {
    try {
      String resource = type.getSimpleName() + ".class";
      Path file = Path.of(String.valueOf(type.getResource(resource)).replace("file:", ""));
      return String.valueOf(file.resolve("../../../../..").normalize());
    } catch (RuntimeException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void interruptedReaderDoesNotCloseTheDiskForOthers() throws Exception {
    byte[] data = random(SIZE, 1);
    device.write(0, ByteBuffer.wrap(data));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread[] readers = new Thread[3];
    for (int i = 0; i < readers.length; i++) {
      readers[i] =
          new Thread(
              () -> {
                try {
                  for (int j = 0; j < 60; j++) {
                    assertArrayEquals(data, read(device, 0, SIZE));
                  }
                } catch (IOException | AssertionError e) {
                  failure.set(e);
                }
              });
      readers[i].start();
    }
    while (readers[0].isAlive()) {
      readers[0].interrupt();
      Thread.sleep(1);
    }
    for (Thread reader : readers) {
      reader.join();
    }
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openFile(disk()));
  }

  @Test
  void filesAreNotOverwritten() {
    assertThrows(FileAlreadyExistsException.class, () -> BlockDevices.createFile(disk(), SIZE));
    assertThrows(NoSuchFileException.class, () -> BlockDevices.openFile(folder.resolve("absent")));
    assertTrue(Files.exists(disk()));
  }
}
