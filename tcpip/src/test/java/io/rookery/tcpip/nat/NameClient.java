package io.rookery.tcpip.nat;

import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Asks a gateway's name server, as a guest's resolver would. */
final class NameClient {
  private static final int TRIES = 10;

  /** How often a try looks for an answer, every two milliseconds. */
  private static final int POLLS = 1000;

  private final NatLab lab;

  NameClient(NatLab lab) {
    this.lab = lab;
  }

  static byte[] query(int id, String name, int type, int edns) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(id);
    out.writeShort(0x0100);
    out.writeShort(1);
    out.writeInt(0);
    out.writeShort(edns > 0 ? 1 : 0);
    for (String label : name.split("\\.", -1)) {
      out.writeByte(label.length());
      out.write(label.getBytes(StandardCharsets.ISO_8859_1));
    }
    out.writeByte(0);
    out.writeShort(type);
    out.writeShort(1);
    if (edns > 0) {
      out.writeByte(0);
      out.writeShort(41);
      out.writeShort(edns);
      out.writeInt(0);
      out.writeShort(0);
    }
    return bytes.toByteArray();
  }

  /**
   * Over UDP, several times as resolvers do, since datagrams may get lost; null if nothing comes.
   */
  ByteBuffer ask(byte[] query) throws IOException, InterruptedException {
    try (UdpSocket socket = lab.guest.udp(false)) {
      ByteBuffer got = ByteBuffer.allocate(4096);
      for (int i = 0; i < TRIES * POLLS; i++) {
        if (i % POLLS == 0) {
          socket.send(ByteBuffer.wrap(query), Endpoint.of(NatLab.GATEWAY, 53));
        }
        if (socket.receive(got) != null) {
          return got.flip();
        }
        Thread.sleep(2);
      }
      return null;
    }
  }

  ByteBuffer askByTcp(byte[] query) throws IOException {
    try (TcpStream stream = lab.connect(NatLab.GATEWAY, 53)) {
      ByteBuffer framed = ByteBuffer.allocate(query.length + 2);
      stream.output().write(framed.putShort((short) query.length).put(query).array());
      DataInputStream in = new DataInputStream(stream.input());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);
      return ByteBuffer.wrap(answer);
    }
  }

  static int code(ByteBuffer answer) {
    return answer.getShort(2) & 15;
  }

  static boolean truncated(ByteBuffer answer) {
    return (answer.getShort(2) & 0x200) != 0;
  }

  static int records(ByteBuffer answer) {
    return answer.getShort(6);
  }

  /** Addresses of both families; none for an error. */
  List<String> addresses(String name) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>();
    for (int type : new int[] {1, 28}) {
      byte[] query = query(7, name, type, 0);
      ByteBuffer answer = ask(query);
      answer.position(query.length);
      for (int i = 0; i < records(answer); i++) {
        answer.position(answer.position() + 10);
        byte[] data = new byte[answer.getShort()];
        answer.get(data);
        all.add(IpAddress.of(data).toString());
      }
    }
    return all;
  }
}
