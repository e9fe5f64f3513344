package io.rookery.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytecode of the accessors. */
class AccessCodeTest {
  private static final int MAX_INLINE_SIZE = 35;

  private static List<MethodModel> methods(Class<?> owner) throws IOException {
    try (InputStream in = owner.getResourceAsStream(owner.getSimpleName() + ".class")) {
      return ClassFile.of().parse(in.readAllBytes()).methods();
    }
  }

  /** HotSpot inlines methods of up to 35 bytecodes wherever they are called (MaxInlineSize). */
  @Test
  void accessorsAreSmallEnoughToInline() throws IOException {
    List<String> tooLong = new ArrayList<>();
    int seen = 0;
    for (Class<?> owner : List.of(Access.class, DirectAccess.class)) {
      for (MethodModel method : methods(owner)) {
        if (method.code().orElse(null) instanceof CodeAttribute code) {
          seen++;
          boolean loops = method.methodName().equalsString("fill");
          if (code.codeLength() > MAX_INLINE_SIZE && !loops) {
            tooLong.add(
                owner.getSimpleName() + "." + method.methodName() + " " + code.codeLength());
          }
        }
      }
    }
    assertEquals(List.of(), tooLong);
    assertTrue(seen > 40, "only " + seen + " methods found");
  }

  /** TSO: a fence after each load and before each store. */
  @Test
  void loadsAndStoresHaveTheirFences() throws IOException {
    List<String> wrong = new ArrayList<>();
    int seen = 0;
    for (MethodModel method : methods(DirectAccess.class)) {
      List<String> calls = unsafeCalls(method);
      String name = method.methodName().stringValue();
      if (name.matches("load(8|16|32|64)")) {
        seen++;
        if (calls.size() != 2 || !calls.getLast().equals("loadFence")) {
          wrong.add(name + calls);
        }
      } else if (name.matches("store(8|16|32|64)")) {
        seen++;
        if (calls.size() != 2 || !calls.getFirst().equals("storeFence")) {
          wrong.add(name + calls);
        }
      } else if (!name.matches("granted|reaches|both|copy|fill") && !calls.isEmpty()) {
        wrong.add(name + calls);
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(8, seen);
  }

  private static List<String> unsafeCalls(MethodModel method) {
    return method
        .code()
        .orElseThrow()
        .elementStream()
        .filter(InvokeInstruction.class::isInstance)
        .map(InvokeInstruction.class::cast)
        .filter(call -> call.owner().asInternalName().equals("sun/misc/Unsafe"))
        .map(call -> call.name().stringValue())
        .toList();
  }
}
