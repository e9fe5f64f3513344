package io.rookery.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** HotSpot inlines methods of up to 35 bytecodes wherever they are called (MaxInlineSize). */
class BytecodeSizeTest {
  private static final int MAX_INLINE_SIZE = 35;

  @Test
  void accessorsAreSmallEnoughToInline() throws IOException {
    List<String> tooLong = new ArrayList<>();
    int seen = check(Access.class, tooLong) + check(PlainAccess.class, tooLong);
    assertEquals(List.of(), tooLong);
    assertTrue(seen > 40, "only " + seen + " methods found");
  }

  private static int check(Class<?> owner, List<String> tooLong) throws IOException {
    String file = owner.getSimpleName() + ".class";
    byte[] bytes;
    try (InputStream in = owner.getResourceAsStream(file)) {
      bytes = in.readAllBytes();
    }
    int seen = 0;
    for (var method : ClassFile.of().parse(bytes).methods()) {
      if (method.code().orElse(null) instanceof CodeAttribute code) {
        seen++;
        if (code.codeLength() > MAX_INLINE_SIZE) {
          tooLong.add(owner.getSimpleName() + "." + method.methodName() + " " + code.codeLength());
        }
      }
    }
    return seen;
  }
}
