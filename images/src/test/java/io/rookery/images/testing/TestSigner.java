package io.rookery.images.testing;

import io.rookery.images.ArchiveKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;

/** An OpenPGP key of a test's own that signs as an archive does. */
public final class TestSigner {
  private final PGPSecretKeyRing secret;
  private final PGPPublicKeyRing keys;

  /** Makes a fresh key that lives for ever. */
  public TestSigner() {
    this(Instant.parse("2020-01-01T00:00:00Z"), Duration.ZERO);
  }

  /** Makes a fresh key with a lifetime, zero for none. */
  public TestSigner(Instant created, Duration lifetime) {
    try {
      var generator = new Ed25519KeyPairGenerator();
      generator.init(new Ed25519KeyGenerationParameters(new SecureRandom()));
      AsymmetricCipherKeyPair pair = generator.generateKeyPair();
      var subpackets = new PGPSignatureSubpacketGenerator();
      if (!lifetime.isZero()) {
        subpackets.setKeyExpirationTime(false, lifetime.toSeconds());
      }
      var ring =
          new PGPKeyRingGenerator(
              PGPSignature.POSITIVE_CERTIFICATION,
              new BcPGPKeyPair(
                  PublicKeyPacket.VERSION_4,
                  PublicKeyAlgorithmTags.EDDSA_LEGACY,
                  pair,
                  Date.from(created)),
              "Test archive",
              new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
              subpackets.generate(),
              null,
              new BcPGPContentSignerBuilder(
                  PublicKeyAlgorithmTags.EDDSA_LEGACY, HashAlgorithmTags.SHA256),
              null);
      secret = ring.generateSecretKeyRing();
      keys = ring.generatePublicKeyRing();
    } catch (PGPException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The public key, binary. */
  public byte[] publicKey() {
    try {
      return keys.getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The fingerprint in hexadecimal. */
  public String fingerprint() {
    return HexFormat.of().formatHex(keys.getPublicKey().getFingerprint()).toUpperCase(Locale.ROOT);
  }

  /** Trust in this key alone. */
  public ArchiveKeys trust() {
    return ArchiveKeys.of(publicKey(), List.of(fingerprint()));
  }

  /** Clear-signs a text by SHA-256. */
  public byte[] clearSign(String text) {
    return clearSign(text, HashAlgorithmTags.SHA256, "SHA256");
  }

  /** Clear-signs a text by a hash of choice. */
  public byte[] clearSign(String text, int hash, String hashName) {
    try {
      var signing = secret.getSecretKey();
      var signer =
          new PGPSignatureGenerator(
              new BcPGPContentSignerBuilder(PublicKeyAlgorithmTags.EDDSA_LEGACY, hash),
              signing.getPublicKey());
      signer.init(
          PGPSignature.CANONICAL_TEXT_DOCUMENT,
          signing.extractPrivateKey(
              new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider())
                  .build(new char[0])));
      StringBuilder message = new StringBuilder("-----BEGIN PGP SIGNED MESSAGE-----\n");
      message.append("Hash: ").append(hashName).append("\n\n");
      String[] lines = text.stripTrailing().split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        String line = lines[i].stripTrailing();
        message.append(line.startsWith("-") ? "- " : "").append(line).append('\n');
        signer.update((i == 0 ? line : "\r\n" + line).getBytes(StandardCharsets.UTF_8));
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(message.toString().getBytes(StandardCharsets.UTF_8));
      try (ArmoredOutputStream armor = ArmoredOutputStream.builder().clearHeaders().build(out)) {
        signer.generate().encode(armor);
      }
      return out.toByteArray();
    } catch (PGPException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
