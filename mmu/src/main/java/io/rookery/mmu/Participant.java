package io.rookery.mmu;

/**
 * A thread that runs guest code in an address space. It calls {@link AddressSpace#passedPoll} now
 * and then, and soon after a request.
 */
public interface Participant {
  /** Asks the thread to call {@link AddressSpace#passedPoll} at its next poll. Must not block. */
  void requestPoll();
}
