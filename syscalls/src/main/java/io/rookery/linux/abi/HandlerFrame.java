package io.rookery.linux.abi;

/**
 * A signal handler to run.
 *
 * @param top where the frame ends at most
 * @param lowest the lowest address it may begin at, or 0
 * @param info the siginfo as 64-bit programs see it, 128 bytes
 * @param restorer where the handler returns to, or 0 where the action named nothing
 * @param mask the signal mask to come back
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record HandlerFrame(
    long top,
    long lowest,
    byte[] info,
    long handler,
    long restorer,
    long mask,
    long stackPointer,
    long stackSize,
    int stackFlags,
    int trap,
    long error,
    long cr2) {}
