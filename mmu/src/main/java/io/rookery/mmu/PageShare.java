package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_SIZE;

import org.jspecify.annotations.Nullable;

/**
 * The contents of a page at the time of a fork, borrowed by children. They lie in the donor's
 * window until the donor changes or drops the page; then in a frame. Thread-safe: each is its own
 * lock.
 */
final class PageShare {
  private final MemoryPool pool;
  private final Window donor;
  private final long page;
  private @Nullable Frame frame;
  private int borrowers;
  private boolean donorLeft;

  PageShare(MemoryPool pool, Window donor, long page) {
    this.pool = pool;
    this.donor = donor;
    this.page = page;
  }

  /** One more child borrows the page. */
  synchronized void borrow() {
    borrowers++;
  }

  /** A borrower takes its own copy and leaves. */
  synchronized void copyAndLeave(long destination) {
    copy(destination);
    leave();
  }

  /** Copies the contents; the caller stays a borrower. */
  synchronized void copy(long destination) {
    Frame moved = frame;
    Host.copy(moved != null ? moved.address() : donor.host(page), destination, PAGE_SIZE);
  }

  /** A borrower goes. */
  synchronized void leave() {
    if (--borrowers > 0) {
      return;
    }
    Frame moved = frame;
    if (moved != null) {
      frame = null;
      moved.release();
    } else if (donorLeft) {
      pool.uncharge(1);
      donor.drop();
    }
  }

  /** Whether the donor must pay for a copy before it may change the page. */
  synchronized boolean borrowed() {
    return borrowers > 0;
  }

  /**
   * The donor is going to change or drop the page: what is still borrowed moves into the frame.
   *
   * @param spare a frame to use; released here if it is not needed
   */
  synchronized void moveTo(Frame spare) {
    if (borrowers == 0) {
      spare.release();
      return;
    }
    Host.copy(donor.host(page), spare.address(), PAGE_SIZE);
    frame = spare;
  }

  /** The donor leaves: its window stays for the borrowers; whether there are any. */
  synchronized boolean donorLeaves() {
    if (borrowers == 0) {
      return false;
    }
    donorLeft = true;
    donor.hold();
    return true;
  }
}
