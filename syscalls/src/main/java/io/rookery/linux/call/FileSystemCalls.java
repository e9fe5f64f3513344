package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;

/** All rows about files, in one place for the tables. */
public final class FileSystemCalls {
  private FileSystemCalls() {}

  /** Enters the rows of every file topic. */
  public static void register(SyscallTable.Builder t) {
    FileCalls.register(t);
    DescriptorCalls.register(t);
    FcntlCalls.register(t);
    StatCalls.register(t);
    DirectoryCalls.register(t);
    AttributeCalls.register(t);
    PipeCalls.register(t);
    IoctlCalls.register(t);
    PollCalls.register(t);
    AnonymousFiles.register(t);
    InotifyCalls.register(t);
    XattrCalls.register(t);
    MountCalls.register(t);
    SocketCalls.register(t);
    UnsupportedFileCalls.register(t);
  }
}
