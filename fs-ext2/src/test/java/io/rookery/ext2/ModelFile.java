package io.rookery.ext2;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A file as a map would keep it: what the volume is compared with. */
final class ModelFile {
  final FileType type;
  byte[] data = new byte[0];
  int links;
  int mode;
  final Map<String, ModelFile> entries = new TreeMap<>();
  final Map<String, String> xattrs = new TreeMap<>();
  @Nullable ModelFile parent;

  ModelFile(FileType type, int mode) {
    this.type = type;
    this.mode = mode;
  }

  boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  void write(int position, byte[] bytes) {
    if (position + bytes.length > data.length) {
      data = Arrays.copyOf(data, position + bytes.length);
    }
    System.arraycopy(bytes, 0, data, position, bytes.length);
  }

  boolean isBelow(ModelFile ancestor) {
    for (ModelFile at = this; at != null; at = at.parent) {
      if (at == ancestor) {
        return true;
      }
    }
    return false;
  }
}
