import org.jspecify.annotations.NullMarked;

/** The Linux system call layer: tasks, signals, files, sockets and the ELF loader. */
@NullMarked
module io.rookery.linux {
  requires transitive com.google.common;
  requires transitive io.rookery.cpu;
  requires transitive io.rookery.ext2;
  requires transitive io.rookery.mmu;
  requires transitive io.rookery.tcpip;
  requires static transitive org.jspecify;

  exports io.rookery.linux.abi;
  exports io.rookery.linux.elf;
  exports io.rookery.linux.errno;
  exports io.rookery.linux.fs;
  exports io.rookery.linux.fs.disk;
  exports io.rookery.linux.fs.host;
  exports io.rookery.linux.ipc;
  exports io.rookery.linux.kernel;
  exports io.rookery.linux.mm;
  exports io.rookery.linux.tty;
  exports io.rookery.linux.vfs;
}
