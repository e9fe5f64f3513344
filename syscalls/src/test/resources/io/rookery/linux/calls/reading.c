/* Reading, writing and positions in files. */
#include "calls.h"

#include <fcntl.h>
#include <sys/uio.h>

int main(void) {
  begin();
  const char *directory = own_directory();
  char b[100];
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  int reader = open("file", O_RDONLY);
  int dir = open(".", O_RDONLY);

  CALL(write, "of ten bytes", fd, "0123456789", 10);
  CALL(write, "of nothing", fd, b, 0L);
  CALL(write, "to a file open for reading", reader, "x", 1);
  CALL(write, "from an address that is none", fd, (void *)8, 10);
  CALL(write, "to no descriptor", -1, b, 1);
  CALL(write, "to a directory", dir, b, 1);

  CALL(read, "of what is there", reader, b, 100);
  CALL(read, "at the end", reader, b, 1);
  CALL(read, "of a directory", dir, b, 1);
  CALL(read, "to an address that is none", fd, (void *)8, 1);
  CALL(pread64, "from the middle", fd, b, 100, WIDE(4));
  CALL(pread64, "before the start", fd, b, 1, WIDE(-1));
  remove_own_directory(directory);
  return 0;
}
