package io.rookery.linux.fs.host;

/**
 * Which users and groups of a guest are which of the host: what a host directory shows as owners,
 * and what it takes them for, as an idmapped mount (mount_setattr(2)). Numbers are unsigned ints;
 * implementations are thread-safe.
 */
public interface HostIds {
  /** No user, no group. */
  int NONE = -1;

  /** The same numbers on both sides. */
  HostIds SAME =
      new HostIds() {
        @Override
        public int guestUser(int host) {
          return host;
        }

        @Override
        public int guestGroup(int host) {
          return host;
        }

        @Override
        public int hostUser(int guest) {
          return guest;
        }

        @Override
        public int hostGroup(int guest) {
          return guest;
        }
      };

  /** The guest's user who is a user of the host, {@link #NONE} if nobody is. */
  int guestUser(int host);

  /** The guest's group that is a group of the host, {@link #NONE} if none is. */
  int guestGroup(int host);

  /** The host's user who a guest's user is, {@link #NONE} if nobody is. */
  int hostUser(int guest);

  /** The host's group that a guest's group is, {@link #NONE} if none is. */
  int hostGroup(int guest);
}
