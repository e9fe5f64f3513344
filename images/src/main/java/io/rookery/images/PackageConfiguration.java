package io.rookery.images;

import io.rookery.Disks;
import io.rookery.GuestProcess;
import io.rookery.Vm;
import io.rookery.images.BuildListener.Phase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Has dpkg configure an image's packages: their maintainer scripts run in a virtual machine with
 * the image as its disk. No service is started, and no question asked.
 */
final class PackageConfiguration implements ImageFinisher {
  private static final long MEMORY = 1L << 30;
  private static final int LINES_OF_AN_ERROR = 20;

  /** Debian Policy 9.3.3: who forbids services to start has such a program. */
  private static final String POLICY = "/usr/sbin/policy-rc.d";

  private static final String SCRIPT =
      """
      printf '#!/bin/sh\\nexit 101\\n' > %1$s && chmod 755 %1$s || exit
      dpkg --configure -a
      status=$?
      rm -f %1$s
      exit $status
      """
          .formatted(POLICY);

  private final BuildListener listener;

  PackageConfiguration(BuildListener listener) {
    this.listener = listener;
  }

  @Override
  public void finish(Path image) throws IOException {
    try (Vm vm = Vm.builder().disk(Disks.image(image)).memory(MEMORY).build()) {
      GuestProcess dpkg =
          vm.process("/bin/sh", "-c", SCRIPT)
              .directory("/")
              .environment("DEBIAN_FRONTEND", "noninteractive")
              .environment("DEBCONF_NONINTERACTIVE_SEEN", "true")
              .environment("LANG", "C.UTF-8")
              .redirectErrorStream()
              .start();
      dpkg.getOutputStream().close();
      Deque<String> last = new ArrayDeque<>();
      try (BufferedReader output =
          new BufferedReader(
              new InputStreamReader(dpkg.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          listener.progress(Phase.FINISH, line, 0, 0);
          last.add(line);
          if (last.size() > LINES_OF_AN_ERROR) {
            last.remove();
          }
        }
      }
      int status = dpkg.waitFor();
      if (status != 0) {
        throw new ImageException(
            "dpkg --configure -a ended with status " + status + ":\n" + String.join("\n", last));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException("interrupted while dpkg configured the packages", e);
    }
  }
}
