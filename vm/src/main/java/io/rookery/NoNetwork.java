package io.rookery;

import org.jspecify.annotations.Nullable;

/** Nothing: the guest has its loopback interface only. */
final class NoNetwork extends Network {
  @Override
  @Nullable Joined join(Guest guest) {
    return null;
  }
}
