package io.rookery.linux.vfs;

/** One entry of a directory; {@code type} is a DT_ value of readdir(3). */
public record DirEntry(Name name, long ino, int type) {}
