package io.rookery.ext2.block;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/** Reads a disk over HTTP: at random for ever, or, with a seed below zero, once and then waits. */
final class ReadInChild {
  private ReadInChild() {}

  public static void main(String[] arguments) throws IOException {
    HttpOptions options = HttpOptions.cachedIn(Path.of(arguments[1]));
    long seed = Long.parseLong(arguments[2]);
    try (BlockDevice device = BlockDevices.http(URI.create(arguments[0]), options)) {
      if (seed < 0) {
        device.read(0, ByteBuffer.allocate((int) device.size()));
        System.out.println("all");
        System.in.read();
        return;
      }
      Random random = new Random(seed);
      while (true) {
        device.read(random.nextInt((int) device.size() - 512), ByteBuffer.allocate(512));
        System.out.println("some");
      }
    }
  }
}
