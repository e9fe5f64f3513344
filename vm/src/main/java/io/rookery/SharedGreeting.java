package io.rookery;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What the JVM of a guest and that of the hub say to each other before packets pass. */
final class SharedGreeting {
  private static final int MAGIC = 0x524b_5331; // "RKS1"
  private static final int ACCEPTED = 1;
  private static final int REFUSED = 2;

  /**
   * A guest that wants to join.
   *
   * @param host the address it had, 0 if none
   */
  record Request(Network.Guest guest, int host) {

    static Request read(DataInputStream in) throws IOException {
      if (in.readInt() != MAGIC) {
        throw new IOException("This is no guest of a switch, or of another version");
      }
      byte[] name = new byte[in.readUnsignedByte()];
      in.readFully(name);
      boolean asksOthers = in.readBoolean();
      int host = in.readUnsignedByte();
      return new Request(
          new Network.Guest(new String(name, StandardCharsets.UTF_8), asksOthers), host);
    }

    void write(DataOutputStream out) throws IOException {
      byte[] name = guest.hostname().getBytes(StandardCharsets.UTF_8);
      if (name.length > 0xff) {
        throw new IOException("The host name is longer than 255 bytes");
      }
      out.writeInt(MAGIC);
      out.writeByte(name.length);
      out.write(name);
      out.writeBoolean(guest.asksOthers());
      out.writeByte(host);
      out.flush();
    }
  }

  /** Which network the guest is on, and which address it has there. */
  record Answer(int number, int host) {

    /**
     * Reads the hub's answer.
     *
     * @throws VmException if it has no place
     */
    static Answer read(DataInputStream in) throws IOException {
      int status = in.readUnsignedByte();
      if (status == REFUSED) {
        throw new VmException("the switch has no place for another VM");
      }
      if (status != ACCEPTED) {
        throw new IOException("Not the answer of a switch: " + status);
      }
      return new Answer(in.readUnsignedByte(), in.readUnsignedByte());
    }
  }

  private SharedGreeting() {}

  static void accept(DataOutputStream out, int number, int host) throws IOException {
    out.write(new byte[] {ACCEPTED, (byte) number, (byte) host});
    out.flush();
  }

  static void refuse(DataOutputStream out) throws IOException {
    out.write(REFUSED);
    out.flush();
  }
}
