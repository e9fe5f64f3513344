package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.layout.XattrLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A list of extended attributes in bytes: entries from {@code first} on, values from the end
 * backwards. Value offsets count from {@code origin}.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record XattrRegion(byte[] data, int first, int origin) {

  /** One attribute. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Attribute(XattrName name, byte[] value) {
    int size() {
      return XattrLayout.entrySize(name.rest().length) + XattrLayout.padded(value.length);
    }
  }

  /** Reads the list. */
  List<Attribute> parse(String owner) throws Ext2Exception {
    List<Attribute> attributes = new ArrayList<>();
    int at = first;
    while (at + Integer.BYTES <= data.length && i32(data, at) != 0) {
      if (at + XattrLayout.ENTRY_NAME > data.length) {
        throw corrupt(owner, at, "an entry cut off", "one inside its region");
      }
      int nameLength = u8(data, at + XattrLayout.ENTRY_NAME_LENGTH);
      int next = at + XattrLayout.entrySize(nameLength);
      long size = u32(data, at + XattrLayout.ENTRY_VALUE_SIZE);
      long value = origin + (long) u16(data, at + XattrLayout.ENTRY_VALUE_OFFSET);
      if (next > data.length
          || i32(data, at + XattrLayout.ENTRY_VALUE_INODE) != 0
          || (size > 0 && value + size > data.length)) {
        throw corrupt(
            owner,
            at,
            "name of %d, value of %d bytes at %d".formatted(nameLength, size, value),
            "both inside the region of " + data.length);
      }
      byte[] rest =
          Arrays.copyOfRange(
              data, at + XattrLayout.ENTRY_NAME, at + XattrLayout.ENTRY_NAME + nameLength);
      attributes.add(
          new Attribute(
              new XattrName(u8(data, at + XattrLayout.ENTRY_NAME_INDEX), rest),
              size == 0
                  ? new byte[0]
                  : Arrays.copyOfRange(data, (int) value, (int) (value + size))));
      at = next;
    }
    return attributes;
  }

  private static Ext2Exception corrupt(String owner, int at, String found, String expected) {
    return Ext2Exception.corrupt("extended attributes of " + owner, at, found, expected);
  }

  /** Whether the attributes, and the zeros that end the list, have room. */
  boolean fits(List<Attribute> attributes) {
    int size = Integer.BYTES;
    for (Attribute attribute : attributes) {
      size += attribute.size();
    }
    return size <= data.length - first;
  }

  /** Writes the list over whatever was there; returns the hash of all entries. */
  int write(List<Attribute> attributes) {
    Arrays.fill(data, first, data.length, (byte) 0);
    int at = first;
    int valueAt = data.length;
    int all = 0;
    boolean hashable = true;
    for (Attribute attribute : attributes) {
      byte[] rest = attribute.name.rest();
      byte[] value = attribute.value;
      valueAt -= XattrLayout.padded(value.length);
      System.arraycopy(value, 0, data, valueAt, value.length);
      data[at + XattrLayout.ENTRY_NAME_LENGTH] = (byte) rest.length;
      data[at + XattrLayout.ENTRY_NAME_INDEX] = (byte) attribute.name.index();
      put16(data, at + XattrLayout.ENTRY_VALUE_OFFSET, value.length == 0 ? 0 : valueAt - origin);
      put32(data, at + XattrLayout.ENTRY_VALUE_SIZE, value.length);
      System.arraycopy(rest, 0, data, at + XattrLayout.ENTRY_NAME, rest.length);
      int hash = hash(rest, valueAt, XattrLayout.padded(value.length));
      put32(data, at + XattrLayout.ENTRY_HASH, hash);
      hashable &= hash != 0;
      all = Integer.rotateLeft(all, 16) ^ hash;
      at += XattrLayout.entrySize(rest.length);
    }
    return hashable ? all : 0;
  }

  private int hash(byte[] name, int valueAt, int valueLength) {
    int hash = 0;
    for (byte b : name) {
      hash = Integer.rotateLeft(hash, 5) ^ b;
    }
    for (int i = 0; i < valueLength; i += Integer.BYTES) {
      hash = Integer.rotateLeft(hash, 16) ^ i32(data, valueAt + i);
    }
    return hash;
  }
}
