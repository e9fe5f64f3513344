/*
 * Runs single x87 instructions for X87NativeTest: reads records of an operation, a control word, registers and memory, writes the
 * image of FNSAVE and the memory afterwards for each.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct input {
  uint32_t op;
  uint16_t control;
  uint16_t setup; /* 1: ST(0) is empty, 2: ST(1) is empty, 4: all other registers hold zero */
  uint8_t st0[10], st1[10];
  uint8_t pad[4];
  uint64_t memory[2];
};

struct output {
  uint8_t image[108];
  uint8_t pad[4];
  uint64_t memory[2];
};

#define PLAIN(n, text)                                                                        \
  case n:                                                                                     \
    __asm__ volatile(text "\n fnsave %[image]"                                                \
                     : [image] "=m"(out->image), [mem] "+m"(out->memory)                      \
                     :                                                                        \
                     : "memory", "cc", "rax");                                                \
    break;

static void run(const struct input *in, struct output *out) {
  out->memory[0] = in->memory[0];
  out->memory[1] = in->memory[1];
  __asm__ volatile("fninit\n fldz\n fldz\n fldz\n fldz\n fldz\n fldz\n fldz\n fldz\n fninit");
  if (in->setup & 4) {
    __asm__ volatile("fldz\n fldz\n fldz\n fldz\n fldz\n fldz");
  }
  __asm__ volatile("fldt %0\n fldt %1" : : "m"(in->st1), "m"(in->st0));
  if (in->setup & 1) {
    __asm__ volatile("ffree %st(0)");
  }
  if (in->setup & 2) {
    __asm__ volatile("ffree %st(1)");
  }
  __asm__ volatile("fldcw %0" : : "m"(in->control));
  switch (in->op) {
    PLAIN(0, "fadd %%st(1), %%st")
    PLAIN(1, "fmul %%st(1), %%st")
    PLAIN(2, "fcom %%st(1)")
    PLAIN(3, "fcomp %%st(1)")
    PLAIN(4, ".byte 0xd8, 0xe1") /* fsub st, st1 */
    PLAIN(5, ".byte 0xd8, 0xe9") /* fsubr st, st1 */
    PLAIN(6, ".byte 0xd8, 0xf1") /* fdiv st, st1 */
    PLAIN(7, ".byte 0xd8, 0xf9") /* fdivr st, st1 */
    PLAIN(8, ".byte 0xde, 0xe9") /* fsubp st1, st */
    PLAIN(9, "faddp")
    PLAIN(10, "fsqrt")
    PLAIN(11, "frndint")
    PLAIN(12, "fchs")
    PLAIN(13, "fabs")
    PLAIN(14, "fxam")
    PLAIN(15, "ftst")
    PLAIN(16, "fucom %%st(1)")
    PLAIN(17, "fucompp")
    PLAIN(18, "fxch")
    PLAIN(19, "fprem")
    PLAIN(20, "fprem1")
    PLAIN(21, "fscale")
    PLAIN(22, "fxtract")
    PLAIN(23, "fld %%st(1)")
    PLAIN(24, "fst %%st(1)")
    PLAIN(25, "fstp %%st(1)")
    PLAIN(26, "fldpi")
    PLAIN(27, "fldl2t")
    PLAIN(28, "fincstp")
    PLAIN(29, "fdecstp")
    PLAIN(30, "cmp %%eax, %%eax\n fcmove %%st(1), %%st")
    PLAIN(31, "cmp %%eax, %%eax\n fcmovne %%st(1), %%st")
    PLAIN(32, "fadds %[mem]")
    PLAIN(33, "faddl %[mem]")
    PLAIN(34, "fmuls %[mem]")
    PLAIN(35, "fdivl %[mem]")
    PLAIN(36, "fdivrl %[mem]")
    PLAIN(37, "fcoml %[mem]")
    PLAIN(38, "fcomps %[mem]")
    PLAIN(39, "fiadds %[mem]")
    PLAIN(40, "fisubrl %[mem]")
    PLAIN(41, "flds %[mem]")
    PLAIN(42, "fldl %[mem]")
    PLAIN(43, "fldt %[mem]")
    PLAIN(44, "filds %[mem]")
    PLAIN(45, "fildl %[mem]")
    PLAIN(46, "fildll %[mem]")
    PLAIN(47, "fsts %[mem]")
    PLAIN(48, "fstl %[mem]")
    PLAIN(49, "fstpt %[mem]")
    PLAIN(50, "fists %[mem]")
    PLAIN(51, "fistl %[mem]")
    PLAIN(52, "fistpll %[mem]")
    PLAIN(53, "fisttps %[mem]")
    PLAIN(54, "fisttpl %[mem]")
    PLAIN(55, "fisttpll %[mem]")
    PLAIN(56, "fbstp %[mem]")
    PLAIN(57, "fbld %[mem]")
    PLAIN(58, "fucomi %%st(1), %%st\n lahf\n movzbl %%ah, %%eax\n mov %%al, %[mem]")
    PLAIN(59, "fcomip %%st(1), %%st\n lahf\n movzbl %%ah, %%eax\n mov %%al, %[mem]")
    PLAIN(60, "f2xm1")
    PLAIN(61, "fyl2x")
    PLAIN(62, "fyl2xp1")
    PLAIN(63, "fptan")
    PLAIN(64, "fpatan")
    PLAIN(65, "fsin")
    PLAIN(66, "fcos")
    PLAIN(67, "fsincos")
  }
}

int main(void) {
  static struct input in[2048];
  static struct output out[2048];
  size_t n;
  while ((n = fread(in, sizeof in[0], 2048, stdin)) > 0) {
    for (size_t i = 0; i < n; i++) {
      memset(&out[i], 0, sizeof out[i]);
      run(&in[i], &out[i]);
    }
    fwrite(out, sizeof out[0], n, stdout);
    fflush(stdout);
  }
  return 0;
}
