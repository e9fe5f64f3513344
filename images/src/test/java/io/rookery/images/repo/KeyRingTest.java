package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.ArchiveKeys;
import io.rookery.images.BadSignatureException;
import io.rookery.images.testing.TestSigner;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.junit.jupiter.api.Test;

class KeyRingTest {
  private static final Instant NOW = Instant.parse("2024-06-01T00:00:00Z");
  private static final String TEXT = "Suite: x\n-dash: yes\nLast: line";

  private final TestSigner signer = new TestSigner();
  private final KeyRing ring = KeyRing.read(signer.publicKey(), List.of(signer.fingerprint()));

  @Test
  void givesTheSignedText() {
    assertEquals(TEXT, ring.verify(signer.clearSign(TEXT), "InRelease", NOW));
  }

  @Test
  void carriageReturnsAndTrailingBlanksAreNotSigned() {
    String file = new String(signer.clearSign(TEXT), StandardCharsets.UTF_8);
    byte[] changed = file.replace("\n", " \t\r\n").getBytes(StandardCharsets.UTF_8);
    assertEquals(TEXT, ring.verify(changed, "InRelease", NOW));
  }

  @Test
  void refusesAnyOtherChangeOfTheText() {
    byte[] file = signer.clearSign(TEXT);
    int refused = 0;
    for (int i = 0; i < file.length; i++) {
      for (int bit : new int[] {1, 0x20}) {
        byte[] changed = file.clone();
        changed[i] ^= (byte) bit;
        try {
          assertEquals(TEXT, ring.verify(changed, "InRelease", NOW), "byte " + i);
        } catch (BadSignatureException e) {
          refused++;
        }
      }
    }
    assertTrue(refused > file.length, "only " + refused + " of " + 2 * file.length + " refused");
  }

  @Test
  void refusesEveryTruncation() {
    byte[] file =
        new String(signer.clearSign(TEXT), StandardCharsets.UTF_8)
            .stripTrailing()
            .getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThrows(BadSignatureException.class, () -> ring.verify(cut, "InRelease", NOW));
    }
  }

  @Test
  void refusesTextAroundTheSignedPart() {
    String file = new String(signer.clearSign(TEXT), StandardCharsets.UTF_8);
    for (String bad :
        List.of(
            "Suite: evil\n" + file,
            file + "Suite: evil\n",
            file.replaceFirst("\n\n", "\nSuite: evil\n\n"))) {
      assertThrows(
          BadSignatureException.class,
          () -> ring.verify(bad.getBytes(StandardCharsets.UTF_8), "InRelease", NOW));
    }
  }

  @Test
  void refusesAKeyThatIsNotPinned() {
    TestSigner other = new TestSigner();
    BadSignatureException e =
        assertThrows(
            BadSignatureException.class,
            () -> ring.verify(other.clearSign(TEXT), "InRelease", NOW));
    assertTrue(String.valueOf(e.getMessage()).contains("not pinned"), e.getMessage());
    assertThrows(
        BadSignatureException.class,
        () -> KeyRing.read(signer.publicKey(), List.of(other.fingerprint())));
  }

  @Test
  void refusesAnExpiredKey() {
    TestSigner old = new TestSigner(Instant.parse("2020-01-01T00:00:00Z"), Duration.ofDays(365));
    KeyRing oldRing = KeyRing.read(old.publicKey(), List.of(old.fingerprint()));
    byte[] file = old.clearSign(TEXT);
    assertEquals(TEXT, oldRing.verify(file, "InRelease", Instant.parse("2020-06-01T00:00:00Z")));
    assertThrows(BadSignatureException.class, () -> oldRing.verify(file, "InRelease", NOW));
  }

  @Test
  void refusesAWeakHash() {
    byte[] file = signer.clearSign(TEXT, HashAlgorithmTags.SHA1, "SHA1");
    assertThrows(BadSignatureException.class, () -> ring.verify(file, "InRelease", NOW));
  }

  @Test
  void knowsDebiansKeys() {
    // Loading fails if one of the pinned fingerprints is not among the keys that are shipped.
    assertTrue(ArchiveKeys.debian() != null);
  }
}
