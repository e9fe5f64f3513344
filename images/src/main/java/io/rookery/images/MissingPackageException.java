package io.rookery.images;

import java.util.List;

/** A package that was asked for, or that another one needs, is not in the archive. */
public final class MissingPackageException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final String[] chain;

  /** Creates it with the chain of packages from the one asked for to the one that is missing. */
  public MissingPackageException(String message, List<String> chain) {
    super(message);
    this.chain = chain.toArray(String[]::new);
  }

  /** From the package asked for to the relation that nothing fulfils. */
  public List<String> chain() {
    return List.of(chain);
  }
}
