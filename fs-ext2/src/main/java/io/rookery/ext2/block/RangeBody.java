package io.rookery.ext2.block;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Takes a body of at most so many bytes; of one that is not wanted, none. */
final class RangeBody implements BodySubscriber<byte[]> {
  private final byte[] bytes;
  private final CompletableFuture<byte[]> body = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;
  private volatile int count;

  RangeBody(int limit) {
    bytes = new byte[limit];
  }

  /** How many bytes have come. */
  int count() {
    return count;
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (bytes.length == 0) {
      given.cancel(); // which ends the connection: the rest may be gigabytes
      body.complete(bytes);
    } else {
      given.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> parts) {
    int at = count;
    for (ByteBuffer part : parts) {
      int n = part.remaining();
      if (n > bytes.length - at) {
        if (subscription != null) {
          subscription.cancel();
        }
        body.completeExceptionally(new IOException("more than " + bytes.length + " bytes"));
        return;
      }
      part.get(bytes, at, n);
      at += n;
    }
    count = at;
  }

  @Override
  public void onError(Throwable failure) {
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    body.complete(count == bytes.length ? bytes : Arrays.copyOf(bytes, count));
  }
}
