// C++ exceptions: through frames, through a signal handler's frame, in threads; with vector registers in use.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Trace {
  int n;
  explicit Trace(int n) : n(n) {}
  ~Trace() { total = total * 31 + n; }
  static thread_local unsigned total;
};
thread_local unsigned Trace::total = 1;

struct Fault : std::runtime_error {
  long address;
  Fault(int signal, void *a) : std::runtime_error("signal " + std::to_string(signal)), address((long)a) {}
};

void handler(int signal, siginfo_t *info, void *) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  throw Fault(signal, signal == SIGSEGV ? info->si_addr : nullptr);
}

__attribute__((noinline)) int deep(int n, double x) {
  Trace t(n);
  if (n == 0) throw std::out_of_range("deep " + std::to_string(x));
  return deep(n - 1, x * 1.5) + n;
}

__attribute__((noinline)) int load(volatile int *p) { return *p + 1; }
__attribute__((noinline)) int divide(volatile int a, volatile int b) { return a / b; }
__attribute__((noinline)) double quotient(volatile double a, volatile double b) { return a / b; }

template <typename F>
void attempt(const char *what, F action) {
  double kept = 1.25 * std::rand();
  try {
    Trace t(7);
    action();
    std::printf("%s: nothing\n", what);
  } catch (const Fault &f) {
    std::printf("%s: %s at %lx\n", what, f.what(), f.address);
  } catch (const std::exception &e) {
    std::printf("%s: %s\n", what, e.what());
  } catch (int n) {
    std::printf("%s: int %d\n", what, n);
  }
  std::printf("%.3f %u\n", kept, Trace::total);
}

}  // namespace

int main(int argc, char **argv) {
  int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  struct sigaction sa = {};
  sa.sa_sigaction = handler;
  sa.sa_flags = SA_SIGINFO;
  for (int s : {SIGSEGV, SIGFPE, SIGILL, SIGTRAP}) sigaction(s, &sa, nullptr);
  attempt("plain", [] { throw 5; });
  attempt("deep", [] { deep(40, 1); });
  attempt("library", [] { std::printf("%d\n", std::stoi("x")); });
  attempt("memory", [] { std::vector<long>().reserve(~0ul); });
  attempt("load", [] { std::printf("%d\n", load((int *)0x1238)); });
  attempt("divide", [] { std::printf("%d\n", divide(1, 0)); });
  attempt("trap", [] { __asm__ volatile("ud2"); });
  attempt("again", [] {
    try {
      load((int *)0x9999);
    } catch (...) {
      throw;
    }
  });
  std::thread threads[4];
  unsigned sums[4];
  for (int n = 0; n < 4; n++) {
    threads[n] = std::thread([=, &sums] {
      for (int i = 0; i < rounds; i++) {
        try {
          Trace t(i);
          if (i % 3 == 0) load((int *)8);
          deep(i % 20 + n, 2);
        } catch (const std::exception &) {
          Trace::total ^= n;
        }
      }
      sums[n] = Trace::total;
    });
  }
  for (auto &t : threads) t.join();
  for (unsigned s : sums) std::printf("%u\n", s);
  return 0;
}
