package io.rookery.linux.vfs;

import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.KernelClock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes back, without being asked, file systems that have had changes for a while, as Linux's
 * flusher threads do (/proc/sys/vm/dirty_writeback_centisecs and dirty_expire_centisecs): what a
 * guest has written is durable after half a minute or so. How much may wait in memory is bounded by
 * the caches themselves. Thread-safe; its daemon thread lives as long as there is a file system.
 */
public final class WriteBack {
  /** Time between two looks. */
  static final long PERIOD_MILLIS = 5_000;

  /** How long changes may wait. */
  static final long EXPIRE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final System.Logger LOG = System.getLogger(WriteBack.class.getName());

  private final KernelClock clock;
  private final Set<FileSystem> all = new HashSet<>(); // guarded by this, as all below
  private final Map<FileSystem, Long> changedSince = new HashMap<>();
  private @Nullable Thread thread;

  public WriteBack(KernelClock clock) {
    this.clock = clock;
  }

  /** Looks after a file system from now on. */
  public synchronized void add(FileSystem fs) {
    all.add(fs);
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("write back").start(this::run);
    }
  }

  /** Forgets a file system; when this returns it is not being written back. */
  public synchronized void remove(FileSystem fs) {
    all.remove(fs);
    changedSince.remove(fs);
    notifyAll();
  }

  private synchronized void run() {
    while (!all.isEmpty()) {
      try {
        wait(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        break; // nobody does that
      }
      pass();
    }
    thread = null;
  }

  /** Writes back what has been seen changed for long enough. */
  synchronized void pass() {
    long now = clock.monotonicNanos();
    for (FileSystem fs : all) {
      if (!fs.hasChanges()) {
        changedSince.remove(fs);
      } else if (now - changedSince.computeIfAbsent(fs, key -> now) >= EXPIRE_NANOS) {
        changedSince.remove(fs);
        try {
          fs.sync();
        } catch (ErrnoException e) {
          LOG.log(System.Logger.Level.WARNING, "cannot write back " + fs.type(), e);
        }
      }
    }
  }
}
