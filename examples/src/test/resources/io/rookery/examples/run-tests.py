"""Runs a module of CPython's tests and prints a line for each test: outcome, seconds, id, reason.

run-tests.py SECONDS MODULE [ID...]   all tests of test.MODULE, or those of these ids

The tests run in a process of their own. Where that ends, or makes no progress for SECONDS, the test
it was at is a CRASH or a TIMEOUT, and another one goes on with the next.
"""
import doctest
import faulthandler
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

KILLED_AFTER = 20  # seconds for the traceback of a process that hangs


class Recorder(unittest.TestResult):
    """Writes what happens to a file that is open for each line only: tests count descriptors."""

    def __init__(self, path, first):
        super().__init__()
        self.path = path
        self.index = first - 1
        self.current = None

    def write(self, *fields):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\t".join(" ".join(str(field).split()) for field in fields) + "\n")

    def startTest(self, test):
        super().startTest(test)
        self.index += 1
        self.current = None
        self.started = time.monotonic()
        self.write("start", self.index, test.id())

    def stopTest(self, test):
        super().stopTest(test)
        outcome, reason = self.current or ("ok", "")
        self.write("end", outcome, "%.3f" % (time.monotonic() - self.started), test.id(), reason)

    def record(self, test, outcome, reason=""):
        if isinstance(test, unittest.suite._ErrorHolder):  # setUpClass and the like
            self.write("end", outcome, "0", test.id(), reason)
        elif self.current is None or self.current[0] in ("ok", "skipped"):
            self.current = outcome, reason

    def complain(self, test, outcome, error):
        # In front of the traceback so that it is found.
        print("%s: %s" % (outcome, test), self._exc_info_to_string(error, test), sep="\n", file=sys.stderr, flush=True)
        self.record(test, outcome)

    def addError(self, test, err):
        self.complain(test, "ERROR", err)

    def addFailure(self, test, err):
        self.complain(test, "FAIL", err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self.complain(test, "FAIL" if failed else "ERROR", err)

    def addSkip(self, test, reason):
        self.record(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        self.record(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.record(test, "unexpected success")


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def run(path, name, first, ids):
    """The child: the tests of a module from the given index on."""
    faulthandler.enable()
    recorder = Recorder(path, first)
    loader = unittest.TestLoader()
    seen = 0

    def run_tests(suite):
        nonlocal seen
        # Virtio sockets to the hypervisor wait for ever in most virtual machines.
        tests = [test for test in tests_of(suite) if "VSOCK" not in test.id()]
        if ids:
            tests = [test for test in tests if test.id() in ids]
        unittest.TestSuite(tests[max(first - seen, 0):]).run(recorder)
        seen += len(tests)

    module = importlib.import_module("test." + name)
    if hasattr(module, "test_main"):  # as regrtest does: it prepares what its tests need
        module.run_unittest = lambda *classes: run_tests(map(loader.loadTestsFromTestCase, classes))
        module.run_doctest = lambda of, verbose=None, optionflags=0: run_tests(
            doctest.DocTestSuite(of, optionflags=optionflags))
        module.test_main()
    else:
        run_tests(loader.loadTestsFromModule(module))
    recorder.write("done")


class Lines:
    """The lines that are complete by now, of a file that grows."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8")
        self.rest = ""

    def __iter__(self):
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        return iter([line.split("\t") for line in lines])


def supervise(limit, module, ids):
    for number in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:  # ignored in jobs of shells
        signal.signal(number, signal.SIG_DFL)
    path = os.path.join(tempfile.mkdtemp(), "results")
    open(path, "x").close()
    lines = Lines(path)
    first = 0
    current = None
    while True:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            child = subprocess.Popen(
                [sys.executable, __file__, "--child", path, module, str(first), *ids],
                stdin=subprocess.DEVNULL, stdout=sys.stderr, cwd=directory, start_new_session=True)
            deadline = time.monotonic() + limit
            hung = False
            while True:
                ended = child.poll() is not None
                for kind, *fields in lines:
                    deadline = time.monotonic() + limit
                    if kind == "done":
                        return child
                    if kind == "start":
                        current = int(fields[0]), fields[1]
                    else:
                        print(*fields, sep="\t", flush=True)
                        current = None
                if ended:
                    break
                if time.monotonic() > deadline:
                    if hung:
                        child.kill()
                    else:
                        child.send_signal(signal.SIGABRT)
                    hung = True
                    deadline = time.monotonic() + KILLED_AFTER
                time.sleep(0.05)
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            outcome = "TIMEOUT" if hung else "CRASH"
            if current is None:  # between two tests, in setUpClass for instance
                print(outcome, 0, module, child.returncode, sep="\t", flush=True)
                return child
            print(outcome, limit if hung else 0, current[1], child.returncode, sep="\t", flush=True)
            first = current[0] + 1
            current = None


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:])
    else:
        last = supervise(float(sys.argv[1]), sys.argv[2], sys.argv[3:])
        try:
            print("exit status", last.wait(60), file=sys.stderr)
        except subprocess.TimeoutExpired:
            os.killpg(last.pid, signal.SIGKILL)
