package io.rookery.mmu;

/**
 * Told about changes to pages that hold translated code. Called on the thread that made the change,
 * with no lock of the address space held.
 */
public interface CodeListener {
  /**
   * Bytes in a page marked with {@link AddressSpace#markCode} were stored to; the new bytes are
   * already in place.
   *
   * @param space where
   * @param address first guest address written; the range does not leave its page
   * @param length number of bytes
   */
  void codeWritten(AddressSpace space, long address, int length);

  /**
   * A range with code pages lost its right to execute, but not its bytes. The marks of its pages
   * are cleared already.
   *
   * @param space where
   * @param address first guest address, a multiple of 4096
   * @param length number of bytes, a multiple of 4096
   */
  void codeProtected(AddressSpace space, long address, long length);

  /**
   * A range with code pages was unmapped or replaced. The marks of its pages are cleared already.
   *
   * @param space where
   * @param address first guest address, a multiple of 4096
   * @param length number of bytes, a multiple of 4096
   */
  void codeUnmapped(AddressSpace space, long address, long length);
}
