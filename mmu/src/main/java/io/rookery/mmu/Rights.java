package io.rookery.mmu;

import static io.rookery.mmu.AddressSpace.CODE;
import static io.rookery.mmu.AddressSpace.EXEC;
import static io.rookery.mmu.AddressSpace.READ;
import static io.rookery.mmu.AddressSpace.WRITE;

/** From protections and page states to the bits of the table. */
final class Rights {
  private Rights() {}

  /** The rights of a protection: any right includes READ, as on x86 without protection keys. */
  static int of(int protection) {
    return protection == 0 ? 0 : protection | READ;
  }

  /** Whether a present window page may be stored to without a fault. */
  private static boolean storable(int protection, int state) {
    return (protection & WRITE) != 0
        && (state & (Window.MODIFIED | Window.LENT)) == Window.MODIFIED;
  }

  /** Brings the table in line with a page's state and protection; a code mark stays. */
  static void refresh(Window window, long page, int state, int protection) {
    if ((state & Window.PRESENT) == 0) {
      window.setState(page, state & ~Window.STORABLE);
      window.setRights(page, 0);
      return;
    }
    int code = window.rights(page) & CODE;
    boolean storable = storable(protection, state);
    int rights = (of(protection) & (READ | EXEC)) | code;
    if (storable && code == 0) {
      rights |= WRITE;
    }
    boolean hidden = storable && code != 0;
    window.setState(page, hidden ? state | Window.STORABLE : state & ~Window.STORABLE);
    window.setRights(page, rights);
  }
}
