package io.rookery.tcpip.tcp;

/** Whether a tail loss probe is under way, and what became of it (RFC 8985 section 7.4). */
final class TailLossProbe {
  private boolean outstanding;
  private boolean retransmission;
  private int end;

  boolean isOutstanding() {
    return outstanding;
  }

  void sent(int next, boolean again) {
    outstanding = true;
    retransmission = again;
    end = next;
  }

  void cancel() {
    outstanding = false;
  }

  /**
   * Takes an acknowledgment.
   *
   * @param duplicate whether the peer reports a segment received twice
   * @param nothingElse whether it changes nothing else
   * @return whether the probe has repaired a loss
   */
  boolean acknowledged(int una, boolean duplicate, boolean nothingElse) {
    if (!outstanding || Seq.before(una, end)) {
      return false;
    }
    if (!retransmission || duplicate) {
      outstanding = false;
      return false;
    }
    if (Seq.after(una, end)) {
      outstanding = false;
      return true;
    }
    if (nothingElse) {
      outstanding = false; // both the original and the probe were acknowledged
    }
    return false;
  }
}
