package io.rookery.linux.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SyscallTableTest {
  private static final Handler NOTHING = (task, a, b, c, d, e, f) -> 0;

  @Test
  void aNumberCanBeTakenOnce() {
    SyscallTable.Builder t = SyscallTable.builder("test").row(3, "close", NOTHING, "fd");
    assertThrows(IllegalArgumentException.class, () -> t.row(3, "again", NOTHING, ""));
    assertThrows(IllegalArgumentException.class, () -> t.row(-1, "low", NOTHING, ""));
    assertThrows(IllegalArgumentException.class, () -> t.row(4096, "high", NOTHING, ""));
  }

  @Test
  void numbersOutsideTheTableHaveNoRow() {
    SyscallTable t = X8664Table.get();
    assertNull(t.row(-1));
    assertNull(t.row(100_000));
    assertNull(t.row(Long.MIN_VALUE));
    assertNotNull(t.row(60));
  }

  @Test
  void argumentListsBecomeKinds() {
    assertEquals(
        List.of(
            ArgumentKind.DIRFD,
            ArgumentKind.STRING,
            ArgumentKind.FLAGS,
            ArgumentKind.MODE,
            ArgumentKind.POINTER,
            ArgumentKind.SIZE,
            ArgumentKind.INT),
        ArgumentKind.parse("dirfd, path*, flags, mode, buf*, size, fd"));
    assertEquals(List.of(), ArgumentKind.parse(""));
  }

  @Test
  void numbersAreThoseOfTheArchitecture() {
    SyscallTable t = X8664Table.get();
    assertEquals("execve", t.row(59).name());
    assertEquals("futex", t.row(202).name());
    assertEquals("clone3", t.row(435).name());
    assertEquals("openat", t.row(257).name());
  }
}
