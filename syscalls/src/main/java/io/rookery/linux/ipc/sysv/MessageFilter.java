package io.rookery.linux.ipc.sysv;

/** Which message msgrcv(2) asks for. */
public enum MessageFilter {
  /** The first one. */
  ANY,
  /** The first one of the type. */
  EQUAL,
  /** The first one of another type (MSG_EXCEPT). */
  NOT_EQUAL,
  /** The first one of the lowest type up to the given one. */
  AT_MOST,
  /** The one at that place in the queue, from 0 (MSG_COPY). */
  NUMBER;

  boolean admits(Message m, long type) {
    return switch (this) {
      case ANY -> true;
      case EQUAL -> m.type() == type;
      case NOT_EQUAL -> m.type() != type;
      case AT_MOST -> m.type() <= type;
      case NUMBER -> false;
    };
  }
}
