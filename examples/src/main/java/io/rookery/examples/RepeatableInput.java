package io.rookery.examples;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Standard input for a program that runs several times: each run gets the whole of a file. A pipe
 * or terminal cannot be read again: there the runs share what comes.
 */
final class RepeatableInput {
  private static final long NONE = -1;

  @SuppressWarnings("resource") // standard input stays open
  private final FileChannel channel = new FileInputStream(FileDescriptor.in).getChannel();

  private final long start = position();

  private long position() {
    try {
      return channel.position();
    } catch (IOException e) {
      return NONE;
    }
  }

  void rewind() throws IOException {
    if (start != NONE) {
      channel.position(start);
    }
  }
}
