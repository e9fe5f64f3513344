package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.CpuState;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HelperDispatchTest {
  @Test
  void generatedSourceIsCurrent() throws IOException {
    Path file = Path.of("src/main/java/io/rookery/cpu/helper/HelperDispatch.java");
    assertEquals(
        HelperDispatchGenerator.source(),
        Files.readString(file),
        "HelperDispatch.java is stale: see Helper's Javadoc for the command that writes it");
  }

  @Test
  void everyRowNamesAPublicStaticMethodOfItsForm() throws ReflectiveOperationException {
    for (Helper helper : Helper.values()) {
      List<Class<?>> parameters = new ArrayList<>();
      Helper.Form form = helper.form();
      if (form == Helper.Form.EXEC) {
        parameters.addAll(List.of(CpuState.class, int.class, int.class, int.class, int.class));
      } else {
        for (int i = 0; i < form.operands(); i++) {
          parameters.add(long.class);
        }
        if (form.immediate()) {
          parameters.add(int.class);
        }
        if (form.state()) {
          parameters.add(CpuState.class);
        }
      }
      Method method =
          helper.ownerClass().getMethod(helper.methodName(), parameters.toArray(new Class<?>[0]));
      assertTrue(Modifier.isStatic(method.getModifiers()), helper.name());
      assertEquals(
          form == Helper.Form.EXEC ? void.class : long.class,
          method.getReturnType(),
          helper.name());
    }
  }

  @Test
  void idsFitTheMicroOp() {
    assertTrue(Helper.values().length <= 4096);
  }
}
