package io.rookery.images.repo;

import io.rookery.images.BadSignatureException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.bc.BcPGPPublicKeyRingCollection;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/** Pinned public keys, and the check of a clear-signed file against them. */
public final class KeyRing {
  private static final Set<Integer> STRONG_HASHES =
      Set.of(HashAlgorithmTags.SHA256, HashAlgorithmTags.SHA384, HashAlgorithmTags.SHA512);

  /** Keys that may sign, by key id: pinned primary keys and their bound subkeys. */
  private final Map<Long, PGPPublicKey> keys = new HashMap<>();

  private KeyRing() {}

  /** Reads public keys and keeps those whose primary key's fingerprint is pinned. */
  public static KeyRing read(byte[] publicKeys, Collection<String> fingerprints) {
    Set<String> missing = new TreeSet<>();
    fingerprints.forEach(f -> missing.add(f.toUpperCase(Locale.ROOT)));
    Set<String> pinned = Set.copyOf(missing);
    KeyRing ring = new KeyRing();
    try {
      var collection =
          new BcPGPPublicKeyRingCollection(
              PGPUtil.getDecoderStream(new ByteArrayInputStream(publicKeys)));
      for (PGPPublicKeyRing keyRing : collection) {
        PGPPublicKey primary = keyRing.getPublicKey();
        String fingerprint = fingerprint(primary);
        if (pinned.contains(fingerprint)) {
          missing.remove(fingerprint);
          ring.addAll(keyRing, primary);
        }
      }
    } catch (IOException | PGPException e) {
      throw new BadSignatureException("public keys cannot be read: " + e.getMessage());
    }
    if (!missing.isEmpty()) {
      throw new BadSignatureException("pinned keys are not among the public keys: " + missing);
    }
    return ring;
  }

  private void addAll(PGPPublicKeyRing keyRing, PGPPublicKey primary) throws PGPException {
    for (Iterator<PGPPublicKey> i = keyRing.getPublicKeys(); i.hasNext(); ) {
      PGPPublicKey key = i.next();
      if (!key.hasRevocation() && (key.isMasterKey() || isBound(key, primary))) {
        keys.put(key.getKeyID(), key);
      }
    }
  }

  /** Whether the primary key says that this subkey is its own (RFC 9580, section 10.3.3). */
  private static boolean isBound(PGPPublicKey subkey, PGPPublicKey primary) throws PGPException {
    for (Iterator<PGPSignature> i = subkey.getSignaturesOfType(PGPSignature.SUBKEY_BINDING);
        i.hasNext(); ) {
      PGPSignature binding = i.next();
      binding.init(new BcPGPContentVerifierBuilderProvider(), primary);
      if (binding.verifyCertification(primary, subkey)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Checks a clear-signed file.
   *
   * @param name of the file, for messages
   * @param now keys that have expired by then do not count
   * @return the signed text
   * @throws BadSignatureException if no pinned key has signed this very text
   */
  public String verify(byte[] file, String name, Instant now) {
    ClearSignedText message = ClearSignedText.parse(file, name);
    List<String> reasons = new ArrayList<>();
    for (PGPSignature signature : signatures(message, name)) {
      String reason = check(signature, message, now);
      if (reason.isEmpty()) {
        return message.text();
      }
      reasons.add(reason);
    }
    throw new BadSignatureException(name + ": not signed by a pinned key: " + reasons);
  }

  /** Empty if the signature is good, else what is wrong with it. */
  private String check(PGPSignature signature, ClearSignedText message, Instant now) {
    String id = HexFormat.of().withUpperCase().toHexDigits(signature.getKeyID());
    PGPPublicKey key = keys.get(signature.getKeyID());
    if (key == null) {
      return "key " + id + " is not pinned";
    }
    if (signature.getSignatureType() != PGPSignature.CANONICAL_TEXT_DOCUMENT) {
      return "the signature by key " + id + " is not one of a text";
    }
    if (!STRONG_HASHES.contains(signature.getHashAlgorithm())) {
      return "the signature by key " + id + " uses a weak hash";
    }
    long lifetime = key.getValidSeconds();
    if (lifetime > 0
        && now.isAfter(key.getCreationTime().toInstant().plus(Duration.ofSeconds(lifetime)))) {
      return "key " + id + " has expired";
    }
    try {
      signature.init(new BcPGPContentVerifierBuilderProvider(), key);
      signature.update(message.signedBytes());
      return signature.verify() ? "" : "the text does not match the signature by key " + id;
    } catch (PGPException e) {
      return "the signature by key " + id + " cannot be checked: " + e.getMessage();
    }
  }

  private static List<PGPSignature> signatures(ClearSignedText message, String name) {
    List<PGPSignature> all = new ArrayList<>();
    try {
      var factory =
          new BcPGPObjectFactory(
              PGPUtil.getDecoderStream(new ByteArrayInputStream(message.armoredSignature())));
      for (Object object = factory.nextObject(); object != null; object = factory.nextObject()) {
        if (object instanceof PGPSignatureList list) {
          list.forEach(all::add);
        }
      }
    } catch (IOException | RuntimeException e) {
      // The parser reports malformed packets by unchecked exceptions too.
      throw new BadSignatureException(name + ": its signature cannot be read: " + e.getMessage());
    }
    return all;
  }

  private static String fingerprint(PGPPublicKey key) {
    return HexFormat.of().withUpperCase().formatHex(key.getFingerprint());
  }
}
