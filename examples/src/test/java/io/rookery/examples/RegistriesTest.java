package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Disks;
import io.rookery.Networks;
import io.rookery.Vm;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Package managers in the guest fetch from the registries that the host uses, through NAT, and
 * install what works afterwards.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RegistriesTest {
  @BeforeAll
  static void prepare() {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
  }

  private static Path image(String name, boolean configured, String... packages) {
    Path cache = DefaultImage.path().getParent().resolveSibling("with-" + name);
    ImageBuilder recipe =
        ImageBuilder.debian().configure(configured).listener(BuildListener.SILENT);
    return DefaultImage.locate(cache, recipe.include(List.of(packages)));
  }

  /** Runs a script in a VM of its own; what it prints. */
  private static String run(Path image, String script) throws IOException {
    try (Vm vm =
        Vm.builder().disk(Disks.ephemeral(image)).network(Networks.host()).trustHost().build()) {
      Process shell = vm.exec("sh", "-ec", "cd /root; exec 2>&1; " + script);
      shell.getOutputStream().close();
      return new String(shell.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static void assertEnds(String expected, String output) {
    assertTrue(output.endsWith(expected), output);
  }

  @Test
  void aptInstallsWithWhatItDependsOn() throws IOException {
    String output =
        run(
            image("apt", true, "apt"),
            "apt-get update; apt-get install -y lynx; dpkg --audit; echo '<b>it</b> works' > x.html;"
                + " lynx -dump x.html");
    assertEnds("   it works\n", output);
  }

  @Test
  void pipInstallsFlask() throws IOException {
    String output =
        run(
            image("venv", false, "python3-venv"),
            """
            python3 -m venv v
            v/bin/pip install flask
            v/bin/python -c '
            import flask
            a = flask.Flask("a")
            a.add_url_rule("/", view_func=lambda: "it works")
            print(a.test_client().get("/").text)'
            """);
    assertEnds("it works\n", output);
  }

  @Test
  void npmInstallsExpress() throws IOException {
    String output =
        run(
            image("npm", false, "npm", "ca-certificates"),
            """
            mkdir w; cd w; npm install express
            node -e '
            const server = require("express")().get("/", (q, r) => r.send("it works")).listen(0, () =>
              fetch("http://127.0.0.1:" + server.address().port).then(r => r.text()).then(text => {
                console.log(text); server.close() }))'
            """);
    assertEnds("it works\n", output);
    assertEquals(-1, output.indexOf("npm ERR!"), output);
  }
}
