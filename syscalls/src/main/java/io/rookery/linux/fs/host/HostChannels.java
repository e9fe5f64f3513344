package io.rookery.linux.fs.host;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutionException;

/** A bounded number of open channels of host files, least recently used ones closed. */
public final class HostChannels implements Closeable {
  private static final int MAX_OPEN = 128;

  private final Cache<HostNode, FileChannel> open =
      CacheBuilder.newBuilder()
          .maximumSize(MAX_OPEN)
          .<HostNode, FileChannel>removalListener(
              n -> {
                FileChannel c = n.getValue();
                if (c != null) {
                  close(c);
                }
              })
          .build();

  /** The channel of a file. It may be closed by others at any time: the caller then asks again. */
  FileChannel get(HostNode node) throws IOException {
    FileChannel c = open.getIfPresent(node);
    if (c != null && c.isOpen()) {
      return c;
    }
    if (c != null) {
      open.asMap().remove(node, c);
    }
    try {
      return open.get(node, node::openChannel);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  private static void close(FileChannel c) {
    try {
      c.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    open.invalidateAll();
  }
}
