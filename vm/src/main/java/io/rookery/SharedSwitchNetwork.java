package io.rookery;

/** A switch by name that all JVMs of the user share. */
final class SharedSwitchNetwork extends Network {
  private final String name;

  SharedSwitchNetwork(String name) {
    this.name = name;
  }

  @Override
  boolean namesOfItsOwnOnly() {
    return true;
  }

  @Override
  Joined join(Guest guest) {
    return SharedSwitch.join(name, guest);
  }
}
