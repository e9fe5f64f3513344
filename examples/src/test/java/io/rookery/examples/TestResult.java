package io.rookery.examples;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a test of CPython's ended: a line of what {@code run-tests.py} prints.
 *
 * @param outcome ok, FAIL, ERROR, skipped, TIMEOUT, CRASH or another word of that program's
 * @param seconds how long it ran
 * @param reason why it was skipped, or how the process ended
 */
record TestResult(String outcome, double seconds, String test, String reason) {
  /** The results by test, in order. */
  static Map<String, TestResult> parse(String output) {
    Map<String, TestResult> results = new LinkedHashMap<>();
    for (String line : output.lines().toList()) {
      List<String> fields = List.of(line.split("\t", -1));
      if (fields.size() == 4) {
        TestResult result =
            new TestResult(
                fields.get(0), Double.parseDouble(fields.get(1)), fields.get(2), fields.get(3));
        results.merge(result.test, result, TestResult::and);
      }
    }
    return results;
  }

  /** For tests of the same name: modules load some twice. */
  private TestResult and(TestResult other) {
    return new TestResult(
        outcome + ", " + other.outcome, seconds + other.seconds, test, reason + other.reason);
  }

  /** Outcome and reason, without the time. */
  String ending() {
    return reason.isEmpty() ? outcome : outcome + ": " + reason;
  }
}
