package io.rookery.ext2.nio;

import java.io.IOException;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/** A user or a group: the number that an image has of it is its name. */
sealed interface Principal extends UserPrincipal {
  UserPrincipalLookupService LOOKUP =
      new UserPrincipalLookupService() {
        @Override
        public UserPrincipal lookupPrincipalByName(String name) throws IOException {
          return new User(parse(name));
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(String name) throws IOException {
          return new Group(parse(name));
        }

        private static int parse(String name) throws IOException {
          try {
            return Integer.parseUnsignedInt(name);
          } catch (NumberFormatException e) {
            throw new UserPrincipalNotFoundException(name);
          }
        }
      };

  int id();

  @Override
  default String getName() {
    return Integer.toUnsignedString(id());
  }

  record User(int id) implements Principal {}

  record Group(int id) implements Principal, GroupPrincipal {}

  static int id(UserPrincipal principal) {
    if (principal instanceof Principal own) {
      return own.id();
    }
    throw new ProviderMismatchException(principal.getClass().getName());
  }
}
