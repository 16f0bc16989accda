/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * cmocka sets its own handlers for faults around every test, with signal(), and takes them off again. The engine turns
 * the same signals into traps and installs its handlers once a process, so cmocka's would hide traps or lose them.
 * This signal() comes before the C library's: it leaves the faults alone. A test that crashes then ends its program,
 * which ctest reports. In every test program (cmake/WeirTests.cmake); weak, so that a test may bring its own.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static bool is_fault(int number) {
  return number == SIGFPE || number == SIGILL || number == SIGSEGV || number == SIGBUS || number == SIGSYS;
}

__attribute__((weak, visibility("default"))) __sighandler_t signal(int number, __sighandler_t handler) {
  if (is_fault(number))
    return SIG_DFL;
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}
