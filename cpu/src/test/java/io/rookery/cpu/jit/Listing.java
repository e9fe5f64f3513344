package io.rookery.cpu.jit;

import io.rookery.cpu.ir.Reg;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Prints what a unit's blocks became, with one epilogue and without the prologue: an instruction a
 * line, registers by name.
 */
final class Listing {
  private static final String[] GENERAL = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"};
  private static final Map<Integer, String> FIXED =
      Map.ofEntries(
          Map.entry(Locals.THIS, "this"),
          Map.entry(Locals.CPU, "cpu"),
          Map.entry(Locals.ENTRY, "entry"),
          Map.entry(Locals.DEPTH, "depth"),
          Map.entry(Locals.FILE, "file"),
          Map.entry(Locals.SPACE, "space"),
          Map.entry(Locals.BASE, "base"),
          Map.entry(Locals.PERMS, "perms"),
          Map.entry(Locals.TARGET, "target"),
          Map.entry(Locals.STATUS, "status"),
          Map.entry(Locals.KIND, "kind"),
          Map.entry(Locals.X, "x"),
          Map.entry(Locals.Y, "y"),
          Map.entry(Locals.ADDRESS, "address"),
          Map.entry(Locals.RESULT, "result"),
          Map.entry(Locals.FLOATS, "floats"));

  private final Locals locals;
  private final Map<Label, String> labels = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private boolean inBlocks;

  private Listing(Locals locals) {
    this.locals = locals;
  }

  static List<String> of(UnitEmitter.Code code, Region region) {
    Listing listing = new Listing(new Locals(region));
    new ClassReader(code.bytes()).accept(listing.classes(), ClassReader.SKIP_FRAMES);
    return listing.lines;
  }

  private static String mnemonic(int opcode) {
    boolean started = false;
    try {
      for (Field field : Opcodes.class.getFields()) {
        started |= field.getName().equals("NOP");
        if (started && field.getType() == int.class && field.getInt(null) == opcode) {
          return field.getName().toLowerCase(Locale.ROOT);
        }
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
    throw new IllegalArgumentException("opcode " + opcode);
  }

  private String slot(int slot) {
    String fixed = FIXED.get(slot);
    if (fixed != null) {
      return fixed;
    }
    for (int register = 0; register < Reg.COUNT; register++) {
      if (locals.slot(register) == slot) {
        return register(register);
      }
    }
    throw new IllegalArgumentException("slot " + slot);
  }

  private static String register(int register) {
    if (register < 8) {
      return GENERAL[register];
    } else if (register < 16) {
      return "r" + register;
    } else if (OpInfo.isTemporary(register)) {
      return "t" + (register - Reg.T0);
    } else if (register >= Reg.MMX) {
      return "mm" + (register - Reg.MMX);
    } else if (register >= Reg.VECTOR) {
      return "v" + (register - Reg.VECTOR) / 4 + "." + (register - Reg.VECTOR) % 4;
    }
    return "slot" + register;
  }

  private String label(Label label) {
    return labels.computeIfAbsent(label, key -> "L" + labels.size());
  }

  private void add(String line) {
    if (inBlocks) {
      lines.add(line);
    }
  }

  private ClassVisitor classes() {
    return new ClassVisitor(Opcodes.ASM9) {
      @Override
      public MethodVisitor visitMethod(
          int access, String name, String descriptor, String signature, String[] exceptions) {
        return name.equals("run") ? method() : null;
      }
    };
  }

  private MethodVisitor method() {
    return new MethodVisitor(Opcodes.ASM9) {
      @Override
      public void visitLookupSwitchInsn(Label none, int[] keys, Label[] targets) {
        // The blocks follow the answer to an unknown entry.
        skipped = 3;
      }

      private int skipped = -1;

      private void line(String text) {
        if (skipped > 0) {
          skipped--;
          inBlocks = skipped == 0;
          return;
        }
        add("    " + text);
      }

      @Override
      public void visitLabel(Label label) {
        add("  " + label(label) + ":");
      }

      @Override
      public void visitInsn(int opcode) {
        line(mnemonic(opcode));
        if (opcode == Opcodes.IRETURN && !lines.isEmpty()) {
          inBlocks = false; // behind the first epilogue
        }
      }

      @Override
      public void visitIntInsn(int opcode, int operand) {
        line(mnemonic(opcode) + " " + operand);
      }

      @Override
      public void visitVarInsn(int opcode, int slot) {
        line(mnemonic(opcode) + " " + slot(slot));
      }

      @Override
      public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
        line(mnemonic(opcode) + " " + name);
      }

      @Override
      public void visitMethodInsn(
          int opcode, String owner, String name, String descriptor, boolean isInterface) {
        line(mnemonic(opcode) + " " + owner.substring(owner.lastIndexOf('/') + 1) + "." + name);
      }

      @Override
      public void visitJumpInsn(int opcode, Label target) {
        line(mnemonic(opcode) + " " + label(target));
      }

      @Override
      public void visitLdcInsn(Object value) {
        line("ldc " + (value instanceof Long n ? "0x" + Long.toHexString(n) : value));
      }
    };
  }
}
