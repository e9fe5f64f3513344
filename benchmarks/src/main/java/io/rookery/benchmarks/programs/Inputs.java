package io.rookery.benchmarks.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** The files that programs work on: the same at each run. */
final class Inputs {
  private static final int TEXT_BYTES = 2 << 20;
  private static final int BINARY_BYTES = 64 << 20;
  private static final int FUNCTIONS = 60;
  private static final String[] SYLLABLES =
      "ro ok er ry lin ux ja va kel mon dri sta pe tu".split(" ", -1);

  private Inputs() {}

  /** Writes {@code text}, {@code bytes} and {@code source.c}. */
  static void write(Path folder) throws IOException {
    Random random = new Random(1);
    Files.writeString(folder.resolve("text"), text(random), US_ASCII);
    byte[] bytes = new byte[BINARY_BYTES];
    random.nextBytes(bytes);
    Files.write(folder.resolve("bytes"), bytes);
    StringBuilder source = new StringBuilder();
    StringBuilder sum = new StringBuilder("0");
    for (int i = 1; i <= FUNCTIONS; i++) {
      source.append(
          """
      static long work%1$d(long a, long b, const char *text) {
        long sum = a * %1$d + b; unsigned seen = %1$du * 2654435761u; double parts[8];
        for (int i = 0; text[i]; i++) { seen = seen * 33 + text[i]; if (seen & 1u << %1$d %% 31) sum += i; else sum ^= seen; }
        switch (sum & 7) { case 0: sum += b; break; case 1: sum *= 5; break; case 2: sum -= seen; break; case 5: sum /= %1$d + 1; break; default: sum = ~sum; }
        for (int i = 0; i < 8; i++) parts[i] = sum * 0.%1$d + i;
        for (int i = 1; i < 8; i++) parts[0] += parts[i] * parts[i - 1];
        return sum + (long)(parts[0] / 1e9);
      }
      """
              .formatted(i));
      sum.append(" + work%d(c, %d, v[0])".formatted(i, i));
    }
    source.append("int main(int c, char **v) { return %s; }\n".formatted(sum));
    Files.writeString(folder.resolve("source.c"), source, US_ASCII);
  }

  private static String text(Random random) {
    String[] words = new String[3000];
    for (int i = 0; i < words.length; i++) {
      StringBuilder word = new StringBuilder();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
      }
      words[i] = word.toString();
    }
    StringBuilder text = new StringBuilder();
    while (text.length() < TEXT_BYTES) {
      text.append(random.nextInt(100_000));
      for (int n = 4 + random.nextInt(8); n > 0; n--) {
        text.append(' ').append(words[random.nextInt(words.length)]);
      }
      text.append('\n');
    }
    return text.toString();
  }
}
