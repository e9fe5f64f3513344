package io.rookery.linux.kernel;

import io.rookery.linux.abi.Bytes;
import java.util.Arrays;

/**
 * What comes with a signal: struct siginfo (sigaction(2)). Immutable but for a timer's overrun. The
 * union of fields is kept as its bytes at offset 16, which is the layout of x86-64.
 */
public final class SigInfo {
  /** Values of si_code. */
  public static final int SI_USER = 0;

  public static final int SI_KERNEL = 0x80;
  public static final int SI_QUEUE = -1;
  public static final int SI_TIMER = -2;
  public static final int SI_MESGQ = -3;
  public static final int SI_ASYNCIO = -4;
  public static final int SI_SIGIO = -5;
  public static final int SI_TKILL = -6;
  public static final int CLD_EXITED = 1;
  public static final int CLD_KILLED = 2;
  public static final int CLD_DUMPED = 3;
  public static final int CLD_TRAPPED = 4;
  public static final int CLD_STOPPED = 5;
  public static final int CLD_CONTINUED = 6;
  public static final int SEGV_MAPERR = 1;
  public static final int SEGV_ACCERR = 2;
  public static final int BUS_ADRALN = 1;
  public static final int BUS_ADRERR = 2;
  public static final int FPE_INTDIV = 1;
  public static final int FPE_INTOVF = 2;
  public static final int FPE_FLTDIV = 3;
  public static final int FPE_FLTOVF = 4;
  public static final int FPE_FLTUND = 5;
  public static final int FPE_FLTRES = 6;
  public static final int FPE_FLTINV = 7;
  public static final int ILL_ILLOPN = 2;
  public static final int TRAP_BRKPT = 1;
  public static final int TRAP_TRACE = 2;

  /** sizeof(siginfo_t). */
  public static final int SIZE = 128;

  private static final int FIELDS = 16;
  private static final int FIELD_BYTES = SIZE - FIELDS;

  private final int signal;
  private final int error;
  private final int code;
  private final byte[] fields;

  private SigInfo(int signal, int error, int code, byte[] fields) {
    this.signal = signal;
    this.error = error;
    this.code = code;
    this.fields = fields;
  }

  /** Sent by the kernel without further fields. */
  public static SigInfo kernel(int signal) {
    return new SigInfo(signal, 0, SI_KERNEL, new byte[0]);
  }

  /** Sent by kill(2) or tkill(2). */
  public static SigInfo user(int signal, int code, int pid, int uid) {
    byte[] f = new byte[8];
    Bytes.putInt(f, 0, pid);
    Bytes.putInt(f, 4, uid);
    return new SigInfo(signal, 0, code, f);
  }

  /** Raised by an instruction. */
  public static SigInfo fault(int signal, int code, long address) {
    byte[] f = new byte[8];
    Bytes.putLong(f, 0, address);
    return new SigInfo(signal, 0, code, f);
  }

  /** A child changed its state; times in clock ticks. */
  public static SigInfo child(
      int signal, int code, int pid, int uid, int status, long userTicks, long systemTicks) {
    byte[] f = new byte[32];
    Bytes.putInt(f, 0, pid);
    Bytes.putInt(f, 4, uid);
    Bytes.putInt(f, 8, status);
    Bytes.putLong(f, 16, userTicks);
    Bytes.putLong(f, 24, systemTicks);
    return new SigInfo(signal, 0, code, f);
  }

  /** A POSIX timer expired. */
  public static SigInfo timer(int signal, int timerId, int overrun, long value) {
    byte[] f = new byte[16];
    Bytes.putInt(f, 0, timerId);
    Bytes.putInt(f, 4, overrun);
    Bytes.putLong(f, 8, value);
    return new SigInfo(signal, 0, SI_TIMER, f);
  }

  /** A message came into an empty POSIX message queue. */
  public static SigInfo messageQueue(int signal, int pid, int uid, long value) {
    byte[] f = new byte[16];
    Bytes.putInt(f, 0, pid);
    Bytes.putInt(f, 4, uid);
    Bytes.putLong(f, 8, value);
    return new SigInfo(signal, 0, SI_MESGQ, f);
  }

  /** I/O became possible on a descriptor. */
  public static SigInfo poll(int signal, int code, long band, int fd) {
    byte[] f = new byte[12];
    Bytes.putLong(f, 0, band);
    Bytes.putInt(f, 8, fd);
    return new SigInfo(signal, 0, code, f);
  }

  /** As a process gave it to rt_sigqueueinfo(2): {@value #SIZE} bytes. */
  public static SigInfo parse(int signal, byte[] raw) {
    return new SigInfo(
        signal, Bytes.getInt(raw, 4), Bytes.getInt(raw, 8), Arrays.copyOfRange(raw, FIELDS, SIZE));
  }

  public int signal() {
    return signal;
  }

  public int code() {
    return code;
  }

  /** si_pid of kill, queue and child signals. */
  public int pid() {
    return fields.length < 4 ? 0 : Bytes.getInt(fields, 0);
  }

  /** si_uid of kill, queue and child signals. */
  public int uid() {
    return fields.length < 8 ? 0 : Bytes.getInt(fields, 4);
  }

  /** si_status of a child signal. */
  public int status() {
    return fields.length < 12 ? 0 : Bytes.getInt(fields, 8);
  }

  /** si_addr of a fault. */
  public long address() {
    return fields.length < 8 ? 0 : Bytes.getLong(fields, 0);
  }

  /** si_int and si_ptr of queued and timer signals. */
  public long value() {
    return fields.length < 16 ? 0 : Bytes.getLong(fields, 8);
  }

  /** si_overrun of a timer signal. */
  public int overrun() {
    return fields.length < 8 ? 0 : Bytes.getInt(fields, 4);
  }

  /** A timer expired again while its signal was pending. */
  void addOverrun(long times) {
    synchronized (fields) {
      long sum = Bytes.getInt(fields, 4) + times;
      Bytes.putInt(fields, 4, (int) Math.min(Integer.MAX_VALUE, sum));
    }
  }

  /** si_band and si_fd of a poll signal. */
  public long band() {
    return fields.length < 8 ? 0 : Bytes.getLong(fields, 0);
  }

  public int fd() {
    return fields.length < 12 ? 0 : Bytes.getInt(fields, 8);
  }

  /** Whether the kernel sent it about the program itself: not to be forged by users. */
  boolean fromKernel() {
    return code > 0;
  }

  /** The structure's {@value #SIZE} bytes on x86-64. */
  public byte[] toBytes() {
    byte[] raw = new byte[SIZE];
    Bytes.putInt(raw, 0, signal);
    Bytes.putInt(raw, 4, error);
    Bytes.putInt(raw, 8, code);
    System.arraycopy(fields, 0, raw, FIELDS, Math.min(fields.length, FIELD_BYTES));
    return raw;
  }
}
