package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.images.BadArchiveException;
import io.rookery.images.ExpiredReleaseException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReleaseFileTest {
  private static final String SUM = "0123456789abcdef".repeat(4);
  private static final Instant PUBLISHED = Instant.parse("2024-05-06T07:08:09Z");

  private static ReleaseFile release(String more) {
    return ReleaseFile.parse(
        "Suite: stable\nCodename: bookworm\nDate: Mon, 06 May 2024 07:08:09 UTC\n"
            + more
            + "SHA256:\n "
            + SUM
            + "    12 main/a\n "
            + SUM
            + " 3 main/b\n",
        "Release");
  }

  @Test
  void listsDigests() {
    ReleaseFile release = release("");
    assertEquals(new ReleaseFile.Digest(SUM, 12), release.digest("main/a"));
    assertNull(release.digest("main/c"));
    assertEquals(PUBLISHED, release.date());
  }

  @Test
  void isOneSuiteOnly() {
    release("").requireSuite("bookworm");
    release("").requireSuite("stable");
    assertThrows(BadArchiveException.class, () -> release("").requireSuite("bookworm-updates"));
  }

  @Test
  void expires() {
    ReleaseFile release = release("Valid-Until: Mon, 13 May 2024 07:08:09 UTC\n");
    release.requireCurrent(PUBLISHED.plusSeconds(60), true);
    Instant late = Instant.parse("2024-05-13T07:08:10Z");
    assertThrows(ExpiredReleaseException.class, () -> release.requireCurrent(late, true));
    release.requireCurrent(late, false);
    Instant early = PUBLISHED.minusSeconds(2 * 86_400);
    assertThrows(ExpiredReleaseException.class, () -> release.requireCurrent(early, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sat, 6 May 2023 7:08:09 UTC",
        "Sat, 06 May 2023 07:08:09 GMT",
        "6 May 2023 07:08:09 +0000"
      })
  void readsDatesAsArchivesWriteThem(String date) {
    ReleaseFile release = release("Valid-Until: " + date + "\n");
    assertThrows(ExpiredReleaseException.class, () -> release.requireCurrent(PUBLISHED, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Suite: x\n",
        "SHA256:\n zz 1 a\n",
        "SHA256:\n 00 1 a\n",
        "SHA256:\n 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef -1 a\n",
        "nonsense",
      })
  void refusesNonsense(String text) {
    assertThrows(BadArchiveException.class, () -> ReleaseFile.parse(text, "Release"));
  }

  @Test
  void refusesADateThatIsNone() {
    ReleaseFile release = release("Valid-Until: tomorrow\n");
    assertThrows(BadArchiveException.class, () -> release.requireCurrent(PUBLISHED, true));
  }
}
