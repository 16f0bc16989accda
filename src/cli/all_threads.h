/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One system call in every thread of the process, for what the kernel only does to the thread that asks: the others are
 * sent a signal, whose handler asks. Threads of libraries that we do not make are reached like that too.
 */
#ifndef CLI_ALL_THREADS_H
#define CLI_ALL_THREADS_H

/*
 * Runs `fn` in all threads, the caller's last; in the others in a signal handler, so `fn` may only make system calls.
 * 0, or the errno of the first that failed; EAGAIN: a thread did not answer. No thread may be made meanwhile.
 */
int all_threads_run(int (*fn)(const void *data), const void *data);

#endif
