package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.XattrRegion.Attribute;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.XattrLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The extended attributes of inodes: in the room behind the inode's own fields first, the rest in a
 * block of their own, which several inodes may share. The caller holds the inode's lock.
 */
final class Xattrs {
  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockAllocator allocator;
  private final GroupTable groups;

  Xattrs(Volume volume) {
    this.geometry = volume.geometry();
    this.cache = volume.cache();
    this.allocator = volume.blocks();
    this.groups = volume.groups();
  }

  byte @Nullable [] get(Ext2Inode inode, XattrName name) throws IOException {
    for (Attribute attribute : all(inode)) {
      if (attribute.name().sameAs(name)) {
        return name.isAcl() ? AclCodec.toPassed(attribute.value()) : attribute.value();
      }
    }
    return null;
  }

  List<byte[]> list(Ext2Inode inode) throws IOException {
    List<byte[]> names = new ArrayList<>();
    for (Attribute attribute : all(inode)) {
      byte[] name = attribute.name().full();
      if (name != null && !attribute.name().isInlineData()) {
        names.add(name);
      }
    }
    return names;
  }

  /** The part of inline contents that is stored as an attribute, null if there is none. */
  byte @Nullable [] inlineData(Ext2Inode inode) throws IOException {
    for (Attribute attribute : all(inode)) {
      if (attribute.name().isInlineData()) {
        return attribute.value();
      }
    }
    return null;
  }

  /** Sets an attribute, or removes it (value null, mode REPLACE). */
  synchronized void set(Ext2Inode inode, XattrName name, byte @Nullable [] value, XattrMode mode)
      throws IOException {
    if (name.isInlineData()) {
      throw new Ext2Exception(Ext2Exception.Reason.EOPNOTSUPP, "attribute system.data");
    }
    List<Attribute> attributes = new ArrayList<>(all(inode));
    boolean existed = attributes.removeIf(a -> a.name().sameAs(name));
    if (existed && mode == XattrMode.CREATE) {
      throw new Ext2Exception(Ext2Exception.Reason.EEXIST, "attribute of " + inode);
    }
    if (!existed && mode == XattrMode.REPLACE) {
      throw new Ext2Exception(Ext2Exception.Reason.ENODATA, "attribute of " + inode);
    }
    if (value != null) {
      attributes.add(new Attribute(name, name.isAcl() ? AclCodec.toStored(value) : value.clone()));
    }
    attributes.sort((a, b) -> a.name().compareTo(b.name()));
    store(inode, attributes);
  }

  /** Removes what is left of contents that are not in the inode any more. */
  synchronized void removeInlineData(Ext2Inode inode) throws IOException {
    List<Attribute> inside = inside(inode);
    inside.removeIf(a -> a.name().isInlineData());
    storeInside(inode, inside);
  }

  private List<Attribute> all(Ext2Inode inode) throws IOException {
    List<Attribute> attributes = inside(inode);
    long block = inode.xattrBlock();
    if (block != 0) {
      byte[] data = readBlock(inode, block);
      attributes.addAll(
          new XattrRegion(data, XattrLayout.BLOCK_HEADER_SIZE, 0).parse(inode.toString()));
    }
    return attributes;
  }

  private static List<Attribute> inside(Ext2Inode inode) throws Ext2Exception {
    XattrRegion region = inodeRegion(inode.snapshot());
    boolean any =
        region != null
            && i32(region.data(), region.first() - Integer.BYTES) == XattrLayout.MAGIC_VALUE;
    return region == null || !any ? new ArrayList<>() : region.parse(inode.toString());
  }

  private byte[] readBlock(Ext2Inode inode, long block) throws IOException {
    if (!groups.isDataBlock(block)) {
      throw Ext2Exception.corrupt(
          "i_file_acl of " + inode, InodeLayout.FILE_ACL, block, "a data block");
    }
    byte[] data = cache.read(block);
    if (i32(data, XattrLayout.MAGIC) != XattrLayout.MAGIC_VALUE
        || i32(data, XattrLayout.BLOCK_COUNT) != 1) {
      throw Ext2Exception.corrupt(
          "attribute block of " + inode,
          geometry.byteOffset(block),
          "%08x, %d blocks"
              .formatted(i32(data, XattrLayout.MAGIC), i32(data, XattrLayout.BLOCK_COUNT)),
          "%08x, 1 block".formatted(XattrLayout.MAGIC_VALUE));
    }
    if (geometry.checksums()
        && i32(data, XattrLayout.CHECKSUM)
            != Checksums.xattrBlock(geometry.checksumSeed(), block, data)) {
      throw Ext2Exception.corrupt(
          "attribute block of " + inode, geometry.byteOffset(block), "a wrong checksum", "its own");
    }
    return data;
  }

  /** The room behind the fields of a large inode, null if there is none. */
  private static @Nullable XattrRegion inodeRegion(byte[] raw) {
    if (raw.length == InodeLayout.BASE_SIZE) {
      return null;
    }
    int extra = u16(raw, InodeLayout.EXTRA_SIZE);
    int first = InodeLayout.BASE_SIZE + extra + XattrLayout.INODE_HEADER_SIZE;
    return extra == 0 || first + Integer.BYTES > raw.length
        ? null
        : new XattrRegion(raw, first, first);
  }

  private void store(Ext2Inode inode, List<Attribute> attributes) throws IOException {
    List<Attribute> inside = new ArrayList<>();
    List<Attribute> outside = new ArrayList<>();
    XattrRegion region = inodeRegion(inode.snapshot());
    List<Attribute> contentsFirst = new ArrayList<>(attributes);
    contentsFirst.sort(Comparator.comparing(a -> !a.name().isInlineData()));
    for (Attribute attribute : contentsFirst) {
      inside.add(attribute);
      if (region == null || !region.fits(inside)) {
        if (attribute.name().isInlineData()) {
          throw Ext2Exception.corrupt(
              "inline data of " + inode, InodeLayout.BLOCK, attribute.size(), "what fits");
        }
        inside.remove(inside.size() - 1);
        outside.add(attribute);
      }
    }
    storeBlock(inode, outside);
    storeInside(inode, inside);
  }

  private static void storeInside(Ext2Inode inode, List<Attribute> inside) {
    synchronized (inode) {
      XattrRegion target = inodeRegion(inode.raw());
      if (target != null) {
        put32(
            inode.raw(),
            target.first() - Integer.BYTES,
            inside.isEmpty() ? 0 : XattrLayout.MAGIC_VALUE);
        target.write(inside);
        inode.dirty();
      }
    }
  }

  private void storeBlock(Ext2Inode inode, List<Attribute> attributes) throws IOException {
    long old = inode.xattrBlock();
    if (attributes.isEmpty()) {
      drop(inode);
      return;
    }
    byte[] data = new byte[geometry.blockSize()];
    XattrRegion region = new XattrRegion(data, XattrLayout.BLOCK_HEADER_SIZE, 0);
    if (!region.fits(attributes)) {
      throw new Ext2Exception(
          Ext2Exception.Reason.ENOSPC,
          "attributes of %s do not fit into %d bytes".formatted(inode, data.length));
    }
    put32(data, XattrLayout.MAGIC, XattrLayout.MAGIC_VALUE);
    put32(data, XattrLayout.REFERENCE_COUNT, 1);
    put32(data, XattrLayout.BLOCK_COUNT, 1);
    put32(data, XattrLayout.HASH, region.write(attributes));
    boolean shared = old != 0 && i32(readBlock(inode, old), XattrLayout.REFERENCE_COUNT) != 1;
    long block = old;
    if (old == 0 || shared) {
      int group = (int) ((inode.number() - 1) / geometry.inodesPerGroup());
      block = allocator.allocate(groups.goal(group), 1).first();
    }
    if (shared) {
      drop(inode);
    }
    seal(block, data);
    cache.create(block, bytes -> System.arraycopy(data, 0, bytes, 0, data.length));
    if (block != old) {
      inode.setXattrBlock(block);
      inode.addBlocks(1);
    }
  }

  private void seal(long block, byte[] data) {
    if (geometry.checksums()) {
      put32(data, XattrLayout.CHECKSUM, Checksums.xattrBlock(geometry.checksumSeed(), block, data));
    }
  }

  /** Takes the attribute block from an inode, and frees it if no other inode shares it. */
  synchronized void drop(Ext2Inode inode) throws IOException {
    long block = inode.xattrBlock();
    if (block == 0) {
      return;
    }
    int references = i32(readBlock(inode, block), XattrLayout.REFERENCE_COUNT);
    if (references > 1) {
      cache.modify(
          block,
          data -> {
            put32(data, XattrLayout.REFERENCE_COUNT, references - 1);
            seal(block, data);
          });
    } else {
      allocator.requireUsed(block);
      cache.forget(block);
      allocator.free(block);
    }
    inode.setXattrBlock(0);
    inode.addBlocks(-1);
  }
}
