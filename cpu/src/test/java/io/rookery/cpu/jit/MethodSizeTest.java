package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** HotSpot compiles no method of 8,000 bytes or more, unless told to. */
class MethodSizeTest {
  private static final int LIMIT = 8000;

  @Test
  void noMethodOfTheEngineIsTooLong() throws IOException, URISyntaxException {
    check(RookeryEngine.class);
    check(Access.class);
  }

  private static void check(Class<?> member) throws IOException, URISyntaxException {
    URI where = member.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path path = Path.of(where);
    if (Files.isDirectory(path)) {
      checkTree(path);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(path, Map.of())) {
        checkTree(jar.getPath("/"));
      }
    }
  }

  private static void checkTree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> classes = files.filter(f -> f.toString().endsWith(".class")).toList();
      assertTrue(classes.size() > 10, root::toString);
      for (Path file : classes) {
        for (MethodModel method : ClassFile.of().parse(file).methods()) {
          int size = size(method);
          assertTrue(
              size < LIMIT || method.methodName().equalsString("<clinit>"),
              () -> file + " " + method.methodName() + ": " + size);
        }
      }
    }
  }

  private static int size(MethodModel method) {
    return method.findAttribute(Attributes.code()).map(code -> code.codeLength()).orElse(0);
  }

  @Test
  void aUnitStaysBelowTheLimitHoweverLongItsBlocksAre() {
    for (int helpersPerInstruction : new int[] {1, 3, 20}) {
      GuestBlock block = block(helpersPerInstruction);
      UnitFactory.Result result =
          UnitFactory.compile(rip -> null, block, false, true, Style.BRANCHES, 0);
      assertTrue(result.size() < LIMIT, () -> "size " + result.size());
      assertTrue(result.region().blocks().getFirst().instructions() >= 1);
    }
  }

  /** 64 instructions of expensive micro-ops on many registers. */
  private static GuestBlock block(int helpersPerInstruction) {
    IrBuilder out = new IrBuilder();
    out.begin(0x1000);
    for (int i = 0; i < 64; i++) {
      out.instruction(0x1000 + 4 * i);
      out.emit(Op.STORE256, Reg.VECTOR + 4 * (i % 16), i % 16, Reg.ZERO, 64);
      for (int h = 0; h < helpersPerInstruction; h++) {
        out.emit(Op.EXEC, i % 16, 0, 0, Helper.GET_EFLAGS.id());
      }
    }
    out.emit(Op.RET, 0, 0, 0, 0);
    return new GuestBlock(0x1000, out.code(), out.origin());
  }

  @Test
  void headsOfBlocksEndWithAJumpToTheNextInstruction() {
    GuestBlock head = block(1).head(5);
    assertTrue(head.instructions() == 5 || head.instructions() == 6, head::toString);
    int end = head.terminator();
    assertTrue(Op.op(head.code()[end]) == Op.JMP && head.code()[end + 1] == 0x1000 + 4 * 5);
  }
}
