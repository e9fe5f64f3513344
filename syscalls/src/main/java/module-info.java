import org.jspecify.annotations.NullMarked;

/** The Linux system call layer: tasks, signals, files, sockets and the ELF loader. */
@NullMarked
@SuppressWarnings("module") // the VM's module is built after this one
module io.rookery.linux {
  requires transitive com.google.common;
  requires transitive io.rookery.cpu;
  requires transitive io.rookery.ext2;
  requires transitive io.rookery.mmu;
  requires transitive io.rookery.tcpip;
  requires java.management;
  requires jdk.jfr;
  requires static transitive org.jspecify;

  exports io.rookery.linux.abi;
  exports io.rookery.linux.elf;
  exports io.rookery.linux.errno;
  exports io.rookery.linux.kernel;
  exports io.rookery.linux.mm;
  exports io.rookery.linux.net;
  exports io.rookery.linux.vfs;

  // What the VM wires together.
  exports io.rookery.linux.fs to
      io.rookery;
  exports io.rookery.linux.fs.disk to
      io.rookery;
  exports io.rookery.linux.fs.host to
      io.rookery;
  exports io.rookery.linux.ipc to
      io.rookery;
  exports io.rookery.linux.tty to
      io.rookery;
}
