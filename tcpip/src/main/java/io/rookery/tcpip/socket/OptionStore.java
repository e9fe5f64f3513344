package io.rookery.tcpip.socket;

import io.rookery.tcpip.Option;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/** The options of a socket that are not what they were. */
public final class OptionStore {
  private @Nullable IdentityHashMap<Option<?>, Object> values;

  /** A store with every option at its initial value. */
  public OptionStore() {}

  /** A copy. */
  public OptionStore(OptionStore other) {
    values = other.values == null ? null : new IdentityHashMap<>(other.values);
  }

  /** Whether the user has set the option. */
  public boolean isSet(Option<?> option) {
    return values != null && values.containsKey(option);
  }

  @SuppressWarnings("unchecked") // put() is typed
  public <T> T get(Option<T> option) {
    if (values == null) {
      return option.initial();
    }
    Object value = values.get(option);
    return value == null ? option.initial() : (T) value;
  }

  public <T> void put(Option<T> option, T value) {
    if (values == null) {
      values = new IdentityHashMap<>();
    }
    values.put(option, value);
  }
}
