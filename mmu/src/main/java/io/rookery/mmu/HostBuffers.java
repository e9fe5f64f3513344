package io.rookery.mmu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Copies between raw host memory and byte buffers, advancing the buffers' positions. */
final class HostBuffers {
  private static final int CHUNK = 4096;

  private HostBuffers() {}

  static void toBuffer(long from, ByteBuffer to, int length) {
    if (to.hasArray()) {
      Host.toArray(from, to.array(), to.arrayOffset() + to.position(), length);
      to.position(to.position() + length);
      return;
    }
    if (to.isDirect() && !to.isReadOnly()) {
      Host.copy(from, MemorySegment.ofBuffer(to).address(), length);
      to.position(to.position() + length);
      return;
    }
    byte[] chunk = new byte[Math.min(length, CHUNK)];
    for (int done = 0; done < length; ) {
      int n = Math.min(chunk.length, length - done);
      Host.toArray(from + done, chunk, 0, n);
      to.put(chunk, 0, n);
      done += n;
    }
  }

  static void fromBuffer(ByteBuffer from, long to, int length) {
    if (from.hasArray()) {
      Host.fromArray(from.array(), from.arrayOffset() + from.position(), to, length);
      from.position(from.position() + length);
      return;
    }
    if (from.isDirect()) {
      Host.copy(MemorySegment.ofBuffer(from).address(), to, length);
      from.position(from.position() + length);
      return;
    }
    byte[] chunk = new byte[Math.min(length, CHUNK)];
    for (int done = 0; done < length; ) {
      int n = Math.min(chunk.length, length - done);
      from.get(chunk, 0, n);
      Host.fromArray(chunk, 0, to + done, n);
      done += n;
    }
  }
}
