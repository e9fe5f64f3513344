package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Attributes;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Attributes by their names: {@code size}, {@code posix:permissions}, {@code unix:*}. */
final class AttributeNames {
  private static final Map<String, Function<Views.Attributes, Object>> BASIC =
      Map.of(
          "lastModifiedTime", Views.Attributes::lastModifiedTime,
          "lastAccessTime", Views.Attributes::lastAccessTime,
          "creationTime", Views.Attributes::creationTime,
          "size", Views.Attributes::size,
          "isRegularFile", Views.Attributes::isRegularFile,
          "isDirectory", Views.Attributes::isDirectory,
          "isSymbolicLink", Views.Attributes::isSymbolicLink,
          "isOther", Views.Attributes::isOther,
          "fileKey", Views.Attributes::fileKey);

  private static final Map<String, Function<Views.Attributes, Object>> OWNER =
      Map.of("owner", Views.Attributes::owner);

  private static final Map<String, Function<Views.Attributes, Object>> POSIX =
      join(
          join(BASIC, OWNER),
          Map.of(
              "group", Views.Attributes::group,
              "permissions", Views.Attributes::permissions));

  private static final Map<String, Function<Views.Attributes, Object>> UNIX =
      join(
          POSIX,
          Map.of(
              "mode", stat(Ext2Attributes::mode),
              "ino", stat(Ext2Attributes::inode),
              "dev", stat(a -> 0L),
              "rdev", stat(a -> Integer.toUnsignedLong(a.rdev())),
              "nlink", stat(Ext2Attributes::links),
              "uid", stat(Ext2Attributes::uid),
              "gid", stat(Ext2Attributes::gid),
              "ctime", stat(a -> FileTime.from(a.changeTime()))));

  private AttributeNames() {}

  private static Function<Views.Attributes, Object> stat(Function<Ext2Attributes, Object> part) {
    return attributes -> part.apply(attributes.stat());
  }

  private static Map<String, Function<Views.Attributes, Object>> join(
      Map<String, Function<Views.Attributes, Object>> first,
      Map<String, Function<Views.Attributes, Object>> second) {
    Map<String, Function<Views.Attributes, Object>> all = new LinkedHashMap<>(first);
    all.putAll(second);
    return Map.copyOf(all);
  }

  private static Map<String, Function<Views.Attributes, Object>> view(String name) {
    return switch (name) {
      case "basic" -> BASIC;
      case "owner" -> OWNER;
      case "posix" -> POSIX;
      case "unix" -> UNIX;
      default -> throw new UnsupportedOperationException("view " + name);
    };
  }

  static Map<String, Object> read(Views.Posix file, String names) throws IOException {
    int colon = names.indexOf(':');
    Map<String, Function<Views.Attributes, Object>> view =
        view(colon < 0 ? "basic" : names.substring(0, colon));
    Views.Attributes attributes = file.readAttributes();
    Map<String, Object> values = new LinkedHashMap<>();
    for (String name : names.substring(colon + 1).split(",", -1)) {
      if (name.equals("*")) {
        view.forEach((key, get) -> values.put(key, get.apply(attributes)));
        continue;
      }
      Function<Views.Attributes, Object> get = view.get(name);
      if (get == null) {
        throw new IllegalArgumentException("attribute " + name);
      }
      values.put(name, get.apply(attributes));
    }
    return values;
  }

  static void set(Views.Posix file, String name, Object value) throws IOException {
    int colon = name.indexOf(':');
    String attribute = name.substring(colon + 1);
    if (!view(colon < 0 ? "basic" : name.substring(0, colon)).containsKey(attribute)) {
      throw new IllegalArgumentException("attribute " + name);
    }
    switch (attribute) {
      case "lastModifiedTime" -> file.setTimes((FileTime) value, null, null);
      case "lastAccessTime" -> file.setTimes(null, (FileTime) value, null);
      case "creationTime" -> file.setTimes(null, null, (FileTime) value);
      case "owner" -> file.setOwner((UserPrincipal) value);
      case "group" -> file.setGroup((GroupPrincipal) value);
      case "permissions" -> file.setPermissions(permissions(value));
      case "mode" -> file.setMode((Integer) value);
      case "uid" -> file.setIds((Integer) value, -1);
      case "gid" -> file.setIds(-1, (Integer) value);
      default -> throw new IllegalArgumentException("attribute " + name + " cannot be set");
    }
  }

  static Set<PosixFilePermission> permissions(Object value) {
    Set<PosixFilePermission> permissions = new HashSet<>();
    for (Object permission : (Set<?>) value) {
      permissions.add((PosixFilePermission) permission);
    }
    return permissions;
  }
}
